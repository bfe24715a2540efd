using System.Buffers.Binary;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Pumping;

namespace GrainKeeper.Grains.Transactions;

/// <summary>The bytes of a <see cref="CommitBatch"/>.</summary>
internal static class CommitFrames
{
    private const int LengthSize = 4;

    /// <summary>Appends a message.</summary>
    public static void Append(ByteBuffer output, CommitDelivery delivery)
    {
        var length = output.BeginLength();
        output.Append([(byte)delivery.Protocol]);
        CommitEnvelopeCodec.Encode(output, delivery.Envelope);
        output.EndLength(length);
    }

    /// <summary>Reads a batch. Payloads are slices of it.</summary>
    /// <exception cref="FormatException">The bytes are no such batch.</exception>
    public static CommitDelivery[] Read(CommitBatch batch)
    {
        if (batch.Payload is null || batch.Payload.Length > CommitBatch.MaxPayload || batch.Count is < 0 or > CommitBatch.MaxCount)
        {
            throw new FormatException($"the batch is malformed, or larger than {CommitBatch.MaxPayload} bytes or {CommitBatch.MaxCount} messages");
        }

        var messages = new List<CommitDelivery>();
        ReadOnlyMemory<byte> rest = batch.Payload;
        while (messages.Count < batch.Count)
        {
            var length = rest.Length >= LengthSize ? BinaryPrimitives.ReadInt32BigEndian(rest.Span) : -1;
            if (length < 1 || length > rest.Length - LengthSize)
            {
                throw new FormatException($"message {messages.Count} of {batch.Count} does not fit the batch");
            }

            var protocol = (CommitProtocol)rest.Span[LengthSize];
            if (protocol is not (CommitProtocol.TwoPhase or CommitProtocol.ThreePhase or CommitProtocol.PaxosCommit))
            {
                throw new FormatException($"message {messages.Count}: commit protocol {(int)protocol} is unknown");
            }

            messages.Add(new CommitDelivery(protocol, CommitEnvelopeCodec.Decode(rest.Slice(LengthSize + 1, length - 1))));
            rest = rest[(LengthSize + length)..];
        }

        return rest.IsEmpty ? [.. messages] : throw new FormatException($"{rest.Length} bytes follow the last of {batch.Count} messages");
    }
}

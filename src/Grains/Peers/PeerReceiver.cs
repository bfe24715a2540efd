using System.Buffers.Binary;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Peers;

/// <summary>The receiving end of all peers' links of one kind in one tree: checks batches, takes each once and in order. Not thread-safe.</summary>
/// <typeparam name="T">The messages.</typeparam>
internal sealed class PeerReceiver<T>
{
    /// <summary>Messages in one batch at most; a sender's batches are bounded in bytes, and a message takes a few of them.</summary>
    private const int MaxMessages = 1_000_000;

    private readonly PeerLinkIdentity _self;
    private readonly QuorumConfiguration _configuration;
    private readonly Func<ReadOnlyMemory<byte>, T> _decode;
    private readonly Func<IncomingBatch<T>, bool> _enqueue;
    private readonly Dictionary<ServerId, Position> _positions = [];

    /// <param name="self">This end.</param>
    /// <param name="configuration">Who may send.</param>
    /// <param name="decode">Decodes a message; throws <see cref="FormatException"/> for a bad one. The result may refer to the bytes.</param>
    /// <param name="enqueue">Queues a batch for the core; false when too much waits.</param>
    public PeerReceiver(
        PeerLinkIdentity self, QuorumConfiguration configuration, Func<ReadOnlyMemory<byte>, T> decode, Func<IncomingBatch<T>, bool> enqueue)
    {
        _self = self;
        _configuration = configuration;
        _decode = decode;
        _enqueue = enqueue;
    }

    /// <summary>Takes a batch, or says why not.</summary>
    public PeerBatchAck Deliver(PeerBatch batch)
    {
        var sender = new ServerId(batch.Sender);
        if (sender == _self.Self || !_configuration.Contains(sender))
        {
            return Answer(PeerBatchOutcome.Refused, $"server {batch.Sender} is no other server of this ensemble: compare the server lists");
        }

        if (batch.TreeCreated != _self.TreeCreated.Value)
        {
            // The root tree tells whichever side is behind; until then neither must hear the other.
            return Answer(PeerBatchOutcome.NotReady, $"the tree created at {_self.TreeCreated} is not the sender's, created at {new Zxid(batch.TreeCreated)}");
        }

        if (batch.Payload is null || batch.Payload.Length > PeerBatch.MaxPayload || batch.Count is < 0 or > MaxMessages || batch.Number < 0)
        {
            return Answer(PeerBatchOutcome.Refused, $"the batch is malformed or larger than {PeerBatch.MaxPayload} bytes: do all servers run the same version?");
        }

        if (batch.Number == 0)
        {
            return batch is { Count: 0, Payload.Length: 0 }
                ? Answer(PeerBatchOutcome.Accepted, null)
                : Answer(PeerBatchOutcome.Refused, "a probe must be empty");
        }

        var known = _positions.TryGetValue(sender, out var position);
        var order = known ? (batch.SenderIncarnation, batch.Link).CompareTo((position.Incarnation, position.Link)) : 1;
        if (order < 0)
        {
            return Answer(PeerBatchOutcome.Reset, "a newer link is known");
        }

        if (order == 0 && batch.Number < position.Next)
        {
            return Answer(PeerBatchOutcome.Accepted, null);
        }

        if (batch.Number != (order == 0 ? position.Next : 1))
        {
            return Answer(PeerBatchOutcome.Reset, $"batch {batch.Number} came where {(order == 0 ? position.Next : 1)} was due");
        }

        IReadOnlyList<T> messages;
        try
        {
            messages = Split(batch);
        }
        catch (FormatException e)
        {
            return Answer(PeerBatchOutcome.Refused, "a message cannot be read: " + e.Message);
        }

        if (!_enqueue(new IncomingBatch<T>(sender, known && order > 0, order > 0, messages, batch.Payload.Length)))
        {
            return Answer(PeerBatchOutcome.NotReady, "too much waits");
        }

        _positions[sender] = new Position(batch.SenderIncarnation, batch.Link, batch.Number + 1);
        return Answer(PeerBatchOutcome.Accepted, null);
    }

    private T[] Split(PeerBatch batch)
    {
        var messages = new T[batch.Count];
        ReadOnlyMemory<byte> rest = batch.Payload;
        for (var i = 0; i < messages.Length; i++)
        {
            var length = rest.Length >= 4 ? BinaryPrimitives.ReadInt32BigEndian(rest.Span) : -1;
            if (length < 0 || length > rest.Length - 4)
            {
                throw new FormatException($"message {i} of {batch.Count} does not fit the batch");
            }

            messages[i] = _decode(rest.Slice(4, length));
            rest = rest[(4 + length)..];
        }

        return rest.IsEmpty ? messages : throw new FormatException($"{rest.Length} bytes follow the last of {batch.Count} messages");
    }

    private PeerBatchAck Answer(PeerBatchOutcome outcome, string? reason) => new(outcome, _self.Incarnation, reason);

    private readonly record struct Position(long Incarnation, long Link, long Next);
}

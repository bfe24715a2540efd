using System.Buffers.Binary;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Replica;

/// <summary>The bytes of the messages between the replicas of two servers.</summary>
internal static class PeerMessages
{
    private const byte KindWaiting = 2;
    private const byte KindNumbered = 4;

    /// <summary>Adds a request to a batch.</summary>
    public static void WriteRequest(ByteBuffer output, in WriteRequest request)
    {
        var writer = new CompactWriter(output);
        if (output.Length == 0)
        {
            writer.Byte((byte)PeerMessageKind.Requests);
        }

        writer.Byte(unchecked((byte)(sbyte)request.Type));
        writer.Fixed64(request.SessionId);
        writer.Signed(request.Cxid);
        writer.Bytes(request.Who.Encoded);
        writer.Bytes(request.Body.Span);
    }

    /// <summary>Reads the next request of a batch, its body in place.</summary>
    /// <param name="message">The batch.</param>
    /// <param name="position">Where to read; moved on.</param>
    /// <param name="credentials">Finds the object of encoded credentials.</param>
    /// <exception cref="FormatException">The bytes are no request.</exception>
    public static WriteRequest ReadRequest(ReadOnlyMemory<byte> message, ref int position, CredentialsCache credentials)
    {
        var reader = new CompactReader(message.Span[position..]);
        var type = (OpCode)(sbyte)reader.Byte("request type");
        var session = reader.Fixed64("session id");
        var cxid = reader.Signed32("cxid");
        var who = credentials.Get(reader.Bytes("credentials"));
        var length = reader.Bytes("request").Length;
        position += reader.Position;
        CheckType(type, message.Span.Slice(position - length, length));
        return new WriteRequest(session, cxid, type, who, message.Slice(position - length, length));
    }

    private static void CheckType(OpCode type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case OpCode.CreateSession:
                if (body.Length is not (sizeof(int) or 2 * sizeof(int)) || BinaryPrimitives.ReadInt32BigEndian(body) <= 0)
                {
                    throw new FormatException("a session is created without a timeout");
                }

                if (body.Length > sizeof(int) && BinaryPrimitives.ReadInt32BigEndian(body[sizeof(int)..]) is < 1 or > TxnReader.MaxKeptResults)
                {
                    throw new FormatException($"a session is created that keeps fewer than 1 or more than {TxnReader.MaxKeptResults} answers");
                }

                break;
            case OpCode.CloseSession or OpCode.Sync or OpCode.Multi or OpCode.Reconfig or OpCode.Create or OpCode.Create2 or OpCode.CreateContainer
                or OpCode.CreateTtl or OpCode.Delete or OpCode.SetData or OpCode.SetAcl or OpCode.Check:
                break;
            default:
                throw new FormatException($"operation {(int)type} is not for a leader");
        }
    }

    /// <summary>Writes which sessions live.</summary>
    public static void WriteTouches(ByteBuffer output, List<long> sessions)
    {
        var writer = new CompactWriter(output);
        writer.Byte((byte)PeerMessageKind.Touches);
        foreach (var session in sessions)
        {
            writer.Fixed64(session);
        }
    }

    /// <summary>Writes that a client wants its session here.</summary>
    public static void WriteAttach(ByteBuffer output, ConnectionId connection, long sessionId)
    {
        var writer = new CompactWriter(output);
        writer.Byte((byte)PeerMessageKind.Attach);
        writer.Fixed64(connection.Value);
        writer.Fixed64(sessionId);
    }

    /// <summary>Answers <see cref="WriteAttach"/>.</summary>
    /// <param name="output">Takes the message.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="sessionId">The session.</param>
    /// <param name="timeout">Its timeout in ms; 0 when it does not live.</param>
    public static void WriteAttached(ByteBuffer output, long connection, long sessionId, int timeout)
    {
        var writer = new CompactWriter(output);
        writer.Byte((byte)PeerMessageKind.Attached);
        writer.Fixed64(connection);
        writer.Fixed64(sessionId);
        writer.Unsigned((uint)timeout);
    }

    /// <summary>Writes that linearizable reads wait for a confirmation.</summary>
    /// <param name="output">Takes the message.</param>
    /// <param name="ticket">The newest of them; those before wait as well.</param>
    public static void WriteConfirm(ByteBuffer output, long ticket)
    {
        var writer = new CompactWriter(output);
        writer.Byte((byte)PeerMessageKind.Confirm);
        writer.Fixed64(ticket);
    }

    /// <summary>Answers <see cref="WriteConfirm"/>.</summary>
    /// <param name="output">Takes the message.</param>
    /// <param name="ticket">The ticket.</param>
    /// <param name="committed">What must be applied before its reads are answered.</param>
    public static void WriteConfirmed(ByteBuffer output, long ticket, Zxid committed)
    {
        var writer = new CompactWriter(output);
        writer.Byte((byte)PeerMessageKind.Confirmed);
        writer.Fixed64(ticket);
        writer.Fixed64(committed.Value);
    }

    /// <summary>Adds an outcome to a batch.</summary>
    /// <param name="output">The batch.</param>
    /// <param name="outcome">The outcome.</param>
    /// <param name="last">The zxid of the outcome before, zero at the batch's beginning; moved on.</param>
    public static void WriteOutcome(ByteBuffer output, Outcome outcome, ref Zxid last)
    {
        var writer = new CompactWriter(output);
        if (output.Length == 0)
        {
            writer.Byte((byte)PeerMessageKind.Outcomes);
            last = Zxid.Zero;
        }

        Invariant.That(outcome.Zxid >= last);
        writer.Unsigned((ulong)(outcome.Zxid.Value - last.Value));
        writer.Byte(outcome.Number == Outcome.Waits ? KindWaiting : (byte)((outcome.IsTxn ? 1 : 0) + (outcome.Number > 0 ? KindNumbered : 0)));
        if (outcome.Number > 0)
        {
            writer.Unsigned((uint)outcome.Number);
        }

        if (!outcome.IsTxn && outcome.Number != Outcome.Waits)
        {
            writer.Signed((int)outcome.Error);
        }

        last = outcome.Zxid;
    }

    /// <summary>Reads the next outcome of a batch.</summary>
    /// <exception cref="FormatException">The bytes are no outcome.</exception>
    public static Outcome ReadOutcome(ref CompactReader reader, ref Zxid last)
    {
        var step = reader.Unsigned("zxid");
        if (step > (ulong)(long.MaxValue - last.Value))
        {
            throw new FormatException($"an outcome lies {step} zxids after {last}");
        }

        last = new Zxid(last.Value + (long)step);
        return reader.Byte("kind of outcome") switch
        {
            1 => Outcome.Of(last),
            0 => Outcome.After(last, (ErrorCode)reader.Signed32("error code")),
            KindWaiting => Outcome.Waiting(last),
            KindNumbered + 1 => Outcome.Of(last) with { Number = ReadNumber(ref reader) },
            KindNumbered => ReadNumber(ref reader) is var number ? Outcome.After(last, (ErrorCode)reader.Signed32("error code")) with { Number = number } : default,
            var other => throw new FormatException($"{other} is no kind of outcome"),
        };
    }

    private static int ReadNumber(ref CompactReader reader)
    {
        var number = reader.Unsigned32("number of a request");
        return number is > 0 and <= int.MaxValue ? (int)number : throw new FormatException($"{number} is no number of a request");
    }
}

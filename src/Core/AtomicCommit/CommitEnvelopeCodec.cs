using System.Buffers;
using System.Diagnostics;

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>
/// The bytes of a <see cref="CommitEnvelope"/>: a format byte, a type byte, the transaction, sender and receiver, then the message's fields in order. Nothing may follow.
/// </summary>
public static class CommitEnvelopeCodec
{
    private const byte Format = 1;

    private enum Tag
    {
        Prepare = 1,
        CanCommit = 2,
        Voted = 3,
        PreCommit = 4,
        PreCommitAck = 5,
        Decide = 6,
        Ack = 7,
        Inquiry = 8,
        Undecided = 9,
        Elect = 10,
        StandingIn = 11,
        StateRequest = 12,
        StateReport = 13,
        Done = 14,
        Forget = 15,
        Phase1A = 16,
        Phase1B = 17,
        Phase2A = 18,
        Phase2B = 19,
        Nack = 20,
        PrepareWithin = 21,
        CanCommitWithin = 22,
    }

    /// <summary>Appends the bytes of an envelope.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="envelope">The envelope.</param>
    public static void Encode(IBufferWriter<byte> output, CommitEnvelope envelope)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(envelope);
        var w = new CommitWriter(output);
        w.Byte(Format);
        w.Byte((int)TagOf(envelope.Message));
        w.Id(envelope.Id);
        w.Party(envelope.From);
        w.Party(envelope.To);
        switch (envelope.Message)
        {
            case CommitMessage.Prepare m:
                Question(w, m.Terms, m.Payload, m.LockWait);
                break;
            case CommitMessage.CanCommit m:
                Question(w, m.Terms, m.Payload, m.LockWait);
                break;
            case CommitMessage.Voted m:
                w.Byte((int)m.Vote.Kind);
                w.Text(m.Vote.Reason);
                break;
            case CommitMessage.Decide m:
                w.Byte((int)m.Decision);
                break;
            case CommitMessage.Inquiry m:
                w.Terms(m.Terms);
                break;
            case CommitMessage.StateReport m:
                w.Bool(m.PreCommitted);
                w.Bool(m.Recovered);
                break;
            case CommitMessage.Done m:
                w.Byte((int)m.Decision);
                w.Terms(m.Terms);
                break;
            case CommitMessage.Phase1A m:
                w.Ballot(m.Ballot);
                w.Terms(m.Terms);
                break;
            case CommitMessage.Phase1B m:
                w.Ballot(m.Ballot);
                w.Votes(m.Accepted);
                break;
            case CommitMessage.Phase2A m:
                w.Terms(m.Terms);
                w.Ballot(m.Ballot);
                w.Votes(m.Votes);
                break;
            case CommitMessage.Phase2B m:
                w.Ballot(m.Ballot);
                w.Votes(m.Votes);
                w.Terms(m.Terms);
                break;
            case CommitMessage.Nack m:
                w.Ballot(m.Promised);
                break;
            default:
                break;
        }
    }

    /// <summary>Reads an envelope. Its payload is a slice of the input, which must therefore not change afterwards.</summary>
    /// <param name="input">The bytes of exactly one envelope.</param>
    /// <exception cref="FormatException">The bytes are cut short, too long, or hold a value out of range.</exception>
    public static CommitEnvelope Decode(ReadOnlyMemory<byte> input)
    {
        var r = new CommitReader(input, "atomic commit message");
        var format = r.Byte("format");
        if (format != Format)
        {
            throw r.Wrong("format", $"{format} is unknown, this server reads {Format}: run the same version on every server");
        }

        var tag = (Tag)r.Byte("type");
        var id = r.Id();
        var from = r.Party();
        var to = r.Party();
        CommitMessage message = tag switch
        {
            Tag.Prepare => new CommitMessage.Prepare(r.Terms(), r.Bytes("payload")),
            Tag.CanCommit => new CommitMessage.CanCommit(r.Terms(), r.Bytes("payload")),
            Tag.PrepareWithin => new CommitMessage.Prepare(r.Terms(), r.Bytes("payload")) { LockWait = LockWait(ref r) },
            Tag.CanCommitWithin => new CommitMessage.CanCommit(r.Terms(), r.Bytes("payload")) { LockWait = LockWait(ref r) },
            Tag.Voted => new CommitMessage.Voted(r.Vote()),
            Tag.PreCommit => new CommitMessage.PreCommit(),
            Tag.PreCommitAck => new CommitMessage.PreCommitAck(),
            Tag.Decide => new CommitMessage.Decide(r.Decision()),
            Tag.Ack => new CommitMessage.Ack(),
            Tag.Inquiry => new CommitMessage.Inquiry(r.Terms()),
            Tag.Undecided => new CommitMessage.Undecided(),
            Tag.Elect => new CommitMessage.Elect(),
            Tag.StandingIn => new CommitMessage.StandingIn(),
            Tag.StateRequest => new CommitMessage.StateRequest(),
            Tag.StateReport => new CommitMessage.StateReport(r.Bool("preCommitted"), r.Bool("recovered")),
            Tag.Done => new CommitMessage.Done(r.Decision(), r.Terms()),
            Tag.Forget => new CommitMessage.Forget(),
            Tag.Phase1A => new CommitMessage.Phase1A(r.Ballot(), r.Terms()),
            Tag.Phase1B => new CommitMessage.Phase1B(r.Ballot(), r.Votes(atLeast: 0)),
            Tag.Phase2A => new CommitMessage.Phase2A(r.Terms(), r.Ballot(), r.Votes(atLeast: 1)),
            Tag.Phase2B => new CommitMessage.Phase2B(r.Ballot(), r.Votes(atLeast: 1), r.Terms()),
            Tag.Nack => new CommitMessage.Nack(r.Ballot()),
            _ => throw r.Wrong("type", $"{(int)tag} is unknown"),
        };
        r.End();
        return new CommitEnvelope(id, from, to, message);
    }

    private static void Question(in CommitWriter w, TransactionTerms terms, ReadOnlyMemory<byte> payload, int lockWait)
    {
        w.Terms(terms);
        w.Bytes(payload);
        if (lockWait > 0)
        {
            w.Int(lockWait);
        }
    }

    private static int LockWait(ref CommitReader r) =>
        r.Int("lock wait") is var wait and >= 1 and <= TransactionRequest.MaxPatience ? wait : throw r.Wrong("lock wait", $"it must be 1 to {TransactionRequest.MaxPatience} ms");

    private static Tag TagOf(CommitMessage message) => message switch
    {
        CommitMessage.Prepare { LockWait: > 0 } => Tag.PrepareWithin,
        CommitMessage.CanCommit { LockWait: > 0 } => Tag.CanCommitWithin,
        CommitMessage.Prepare => Tag.Prepare,
        CommitMessage.CanCommit => Tag.CanCommit,
        CommitMessage.Voted => Tag.Voted,
        CommitMessage.PreCommit => Tag.PreCommit,
        CommitMessage.PreCommitAck => Tag.PreCommitAck,
        CommitMessage.Decide => Tag.Decide,
        CommitMessage.Ack => Tag.Ack,
        CommitMessage.Inquiry => Tag.Inquiry,
        CommitMessage.Undecided => Tag.Undecided,
        CommitMessage.Elect => Tag.Elect,
        CommitMessage.StandingIn => Tag.StandingIn,
        CommitMessage.StateRequest => Tag.StateRequest,
        CommitMessage.StateReport => Tag.StateReport,
        CommitMessage.Done => Tag.Done,
        CommitMessage.Forget => Tag.Forget,
        CommitMessage.Phase1A => Tag.Phase1A,
        CommitMessage.Phase1B => Tag.Phase1B,
        CommitMessage.Phase2A => Tag.Phase2A,
        CommitMessage.Phase2B => Tag.Phase2B,
        CommitMessage.Nack => Tag.Nack,
        _ => throw new UnreachableException($"unknown message {message.GetType().Name}"),
    };
}

using System.Buffers;
using System.Diagnostics;

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>
/// The bytes of a <see cref="CommitLogEntry"/>: a format byte, a type byte, the transaction and the owner, then the record's fields in order. Nothing may follow;
/// length and checksum are the log's.
/// </summary>
public static class CommitLogCodec
{
    private const byte Format = 1;

    private enum Tag
    {
        Prepared = 1,
        PreCommitted = 2,
        Decided = 3,
        End = 4,
        Promised = 5,
        Accepted = 6,
        Announced = 7,
        DecidedByHand = 8,
    }

    /// <summary>Appends the bytes of an entry.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="entry">The entry.</param>
    public static void Encode(IBufferWriter<byte> output, CommitLogEntry entry)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(entry);
        var w = new CommitWriter(output);
        w.Byte(Format);
        w.Byte((int)TagOf(entry.Record));
        w.Id(entry.Id);
        w.Party(entry.Owner);
        switch (entry.Record)
        {
            case CommitRecord.Prepared r:
                w.Terms(r.Terms);
                w.Bytes(r.Redo);
                w.Bytes(r.Undo);
                break;
            case CommitRecord.Announced r:
                w.Terms(r.Terms);
                w.Bytes(r.Mark);
                break;
            case CommitRecord.Decided r:
                w.Byte((int)r.Decision);
                w.Text(r.Reason);
                w.Bool(r.Terms is not null);
                if (r.Terms is not null)
                {
                    w.Terms(r.Terms);
                }

                break;
            case CommitRecord.Promised r:
                w.Ballot(r.Ballot);
                w.Terms(r.Terms);
                break;
            case CommitRecord.Accepted r:
                w.Terms(r.Terms);
                w.Votes(r.Votes);
                break;
            default:
                break;
        }
    }

    /// <summary>Whose entry it is, by its first bytes alone.</summary>
    /// <param name="entry">The bytes of one entry.</param>
    /// <exception cref="FormatException">The bytes are cut short, or hold a value out of range.</exception>
    public static CommitKey KeyOf(ReadOnlyMemory<byte> entry)
    {
        var r = Begin(entry, out _);
        return new CommitKey(r.Id(), r.Party());
    }

    /// <summary>
    /// Whether a party with this as its last entry is not done: it may have voted Yes and knows no decision, or it is a coordinator that has somebody to tell its decision. By the first bytes alone.
    /// </summary>
    /// <param name="entry">The bytes of one entry.</param>
    /// <returns>Null when that is as before the entry, or when a newer version has written it.</returns>
    /// <exception cref="FormatException">The bytes are cut short, or hold a value out of range.</exception>
    public static bool? LeavesOpen(ReadOnlyMemory<byte> entry)
    {
        var r = Begin(entry, out var tag);
        r.Id();
        var owner = r.Party();
        switch (tag)
        {
            case Tag.Announced or Tag.Prepared:
                return true;
            case Tag.Decided or Tag.DecidedByHand:
                r.Decision();
                r.Reason();
                return r.Bool("terms") && owner.Kind == PartyKind.Coordinator;
            case Tag.End:
                return false;
            default:
                return null;
        }
    }

    /// <summary>Appends the bytes of a key.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="key">The key.</param>
    public static void EncodeKey(IBufferWriter<byte> output, CommitKey key)
    {
        ArgumentNullException.ThrowIfNull(output);
        var w = new CommitWriter(output);
        w.Id(key.Id);
        w.Party(key.Owner);
    }

    /// <summary>Reads a key.</summary>
    /// <param name="input">The bytes of exactly one key.</param>
    /// <exception cref="FormatException">The bytes are cut short, too long, or hold a value out of range.</exception>
    public static CommitKey DecodeKey(ReadOnlyMemory<byte> input)
    {
        var r = new CommitReader(input, "atomic commit key");
        var key = new CommitKey(r.Id(), r.Party());
        r.End();
        return key;
    }

    /// <summary>Reads an entry. Redo and undo are slices of the input, which must therefore not change afterwards.</summary>
    /// <param name="input">The bytes of exactly one entry.</param>
    /// <exception cref="FormatException">The bytes are cut short, too long, or hold a value out of range.</exception>
    public static CommitLogEntry Decode(ReadOnlyMemory<byte> input)
    {
        var r = Begin(input, out var tag);
        var id = r.Id();
        var owner = r.Party();
        CommitRecord record;
        switch (tag)
        {
            case Tag.Prepared:
                record = new CommitRecord.Prepared(r.Terms(), r.Bytes("redo"), r.Bytes("undo"));
                break;
            case Tag.Announced:
                record = new CommitRecord.Announced(r.Terms(), r.Bytes("mark"));
                break;
            case Tag.PreCommitted:
                record = new CommitRecord.PreCommitted();
                break;
            case Tag.Decided or Tag.DecidedByHand:
                var decision = r.Decision();
                var reason = r.Reason();
                record = new CommitRecord.Decided(decision, r.Bool("terms") ? r.Terms() : null, reason) { ByHand = tag == Tag.DecidedByHand };
                break;
            case Tag.End:
                record = new CommitRecord.End();
                break;
            case Tag.Promised:
                record = new CommitRecord.Promised(r.Ballot(), r.Terms());
                break;
            case Tag.Accepted:
                var terms = r.Terms();
                var votes = r.Votes(atLeast: 1);
                record = Array.TrueForAll(votes, v => v.Participant < terms.Participants.Count && v.Ballot == votes[0].Ballot)
                    ? new CommitRecord.Accepted(terms, votes)
                    : throw r.Wrong("votes", "one is of no participant, or of another ballot");
                break;
            default:
                throw r.Wrong("type", $"{(int)tag} is unknown");
        }

        r.End();
        return new CommitLogEntry(id, owner, record);
    }

    private static CommitReader Begin(ReadOnlyMemory<byte> input, out Tag tag)
    {
        var r = new CommitReader(input, "atomic commit record");
        var format = r.Byte("format");
        if (format != Format)
        {
            throw r.Wrong("format", $"{format} is unknown, this server reads {Format}: it was written by a newer version");
        }

        tag = (Tag)r.Byte("type");
        return r;
    }

    private static Tag TagOf(CommitRecord record) => record switch
    {
        CommitRecord.Prepared => Tag.Prepared,
        CommitRecord.PreCommitted => Tag.PreCommitted,
        CommitRecord.Decided { ByHand: true } => Tag.DecidedByHand,
        CommitRecord.Decided => Tag.Decided,
        CommitRecord.End => Tag.End,
        CommitRecord.Promised => Tag.Promised,
        CommitRecord.Accepted => Tag.Accepted,
        CommitRecord.Announced => Tag.Announced,
        _ => throw new UnreachableException($"unknown record {record.GetType().Name}"),
    };
}

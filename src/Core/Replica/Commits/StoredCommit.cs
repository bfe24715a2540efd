using System.Buffers;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Core.Replica.Commits;

/// <summary>A party's records of a transaction, as a tree keeps them; immutable.</summary>
public sealed class StoredCommit
{
    internal StoredCommit(CommitKey key, ReadOnlyMemory<byte> entry)
        : this(key, [entry], isFinished: false, CommitLogCodec.LeavesOpen(entry) == true)
    {
    }

    private StoredCommit(CommitKey key, ReadOnlyMemory<byte>[] entries, bool isFinished, bool isOpen) => (Key, Entries, IsFinished, IsOpen) = (key, entries, isFinished, isOpen);

    /// <summary>Of the tree's own part in a transaction: whether it is carried out, or given up. Its redo and undo are then gone.</summary>
    public bool IsFinished { get; }

    /// <summary>Whether somebody still waits for this party, or it for somebody: a participant that may have voted Yes and knows no decision, or a coordinator whose decision has not reached all.</summary>
    public bool IsOpen { get; }

    /// <summary>Whose they are.</summary>
    public CommitKey Key { get; }

    /// <summary>The entries in the order in which they were written, as <see cref="CommitLogCodec"/> reads them; at least one.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Entries { get; }

    /// <summary>The records, for the machine that goes on from them.</summary>
    /// <exception cref="FormatException">A newer version has written one of them.</exception>
    public IReadOnlyList<CommitRecord> Records()
    {
        var records = new CommitRecord[Entries.Count];
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = CommitLogCodec.Decode(Entries[i]).Record;
        }

        return records;
    }

    internal StoredCommit With(ReadOnlyMemory<byte> entry) => new(Key, [.. Entries, entry], IsFinished, !IsFinished && (CommitLogCodec.LeavesOpen(entry) ?? IsOpen));

    /// <summary>The same without what is needed to carry it out.</summary>
    internal StoredCommit Finish()
    {
        var entries = Entries.ToArray();
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = CommitLogCodec.Decode(entries[i]);
            if (entry.Record is CommitRecord.Prepared prepared)
            {
                var buffer = new ArrayBufferWriter<byte>();
                CommitLogCodec.Encode(buffer, entry with { Record = prepared with { Redo = default, Undo = default } });
                entries[i] = buffer.WrittenSpan.ToArray();
            }
        }

        return new StoredCommit(Key, entries, isFinished: true, isOpen: false);
    }
}

using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Replica.Commits;

/// <summary>
/// The records of atomic commit that a tree keeps beside its nodes: what its log says, transaction by transaction, the same on every server.
/// A copy of it is exact, so unlike the tree it never has to take a transaction twice.
/// </summary>
public sealed class CommitTable
{
    private const int BytesOfEntry = 64;
    private readonly Dictionary<CommitKey, StoredCommit> _all = [];

    /// <summary>Parties of transactions with records.</summary>
    public int Parties => _all.Count;

    /// <summary>About the bytes of all records.</summary>
    public long Bytes { get; private set; }

    /// <summary>Parties that are not done with their transaction, see <see cref="StoredCommit.IsOpen"/>.</summary>
    public int Open { get; private set; }

    /// <summary>The records of a party, or null.</summary>
    public StoredCommit? Find(CommitKey key) => _all.GetValueOrDefault(key);

    /// <summary>Everything, in no particular order.</summary>
    public StoredCommit[] ToArray() => _all.Count == 0 ? [] : [.. _all.Values];

    /// <summary>What a record counts against the limits.</summary>
    internal static int Cost(int length) => length + BytesOfEntry;

    internal void Apply(in TxnOperation operation)
    {
        var bytes = operation.Data.ToArray();
        if (operation.Type == OpCode.CommitRecord)
        {
            Append(CommitLogCodec.KeyOf(bytes), bytes);
        }
        else if (operation.Type == OpCode.CommitFinish)
        {
            Finish(CommitLogCodec.DecodeKey(bytes));
        }
        else
        {
            Forget(CommitLogCodec.DecodeKey(bytes));
        }
    }

    internal void Finish(CommitKey key)
    {
        if (_all.TryGetValue(key, out var known) && !known.IsFinished)
        {
            Count(known, -1);
            _all[key] = known = known.Finish();
            Count(known, 1);
        }
    }

    internal void Append(CommitKey key, ReadOnlyMemory<byte> entry)
    {
        var known = _all.GetValueOrDefault(key);
        var next = _all[key] = known?.With(entry) ?? new StoredCommit(key, entry);
        Open += (next.IsOpen ? 1 : 0) - (known?.IsOpen == true ? 1 : 0);
        Bytes += Cost(entry.Length);
    }

    private void Forget(CommitKey key)
    {
        if (_all.Remove(key, out var known))
        {
            Count(known, -1);
        }
    }

    private void Count(StoredCommit commit, int sign)
    {
        Open += commit.IsOpen ? sign : 0;
        foreach (var entry in commit.Entries)
        {
            Bytes += sign * Cost(entry.Length);
        }
    }
}

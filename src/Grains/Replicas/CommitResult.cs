using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Replica.Commits;

namespace GrainKeeper.Grains.Replicas;

/// <summary>What became of a question to a tree's records of atomic commit.</summary>
/// <param name="Answer">Whether it was done.</param>
/// <param name="Reason">Why not, and what to do; empty when it was done.</param>
/// <param name="Found">Of a read that was done: the records, or null when there are none.</param>
internal sealed record CommitResult(CommitAnswer Answer, string Reason, StoredCommit? Found = null)
{
    /// <summary>Of a preparation that was done: the vote.</summary>
    public Vote? Vote { get; init; }

    /// <summary>With the vote Yes: the redo for the prepared record.</summary>
    public ReadOnlyMemory<byte> Redo { get; init; }
}

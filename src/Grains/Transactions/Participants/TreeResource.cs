using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Grains.Replicas;

namespace GrainKeeper.Grains.Transactions.Participants;

/// <summary>A tree as a resource. Its leader's replica does the work; a life is the epoch of that leadership, and the replica refuses what belongs to another one.</summary>
/// <param name="tree">The tree's name.</param>
/// <param name="door">The way to the replica on this server; null while the tree does not run here.</param>
internal sealed class TreeResource(string tree, Func<CommitDoor?> door) : ICommitResource
{
    /// <inheritdoc/>
    public async Task<CommitInput.ResourcePrepared> PrepareAsync(TransactionId id, long life, ReadOnlyMemory<byte> operations, int lockWait)
    {
        var result = await Door().PrepareAsync(EpochOf(life), id, operations, lockWait);
        return new CommitInput.ResourcePrepared(result.Vote ?? Vote.No($"tree {tree}: {result.Reason}"), result.Redo, ReadOnlyMemory<byte>.Empty);
    }

    /// <inheritdoc/>
    public Task ApplyAsync(TransactionId id, long life, ReadOnlyMemory<byte> redo) => FinishAsync(id, life, commit: true);

    /// <inheritdoc/>
    public Task UndoAsync(TransactionId id, long life, ReadOnlyMemory<byte> undo) => FinishAsync(id, life, commit: false);

    private async Task FinishAsync(TransactionId id, long life, bool commit)
    {
        var result = await Door().FinishAsync(EpochOf(life), id, commit);
        if (result.Answer != CommitAnswer.Done)
        {
            throw new InvalidOperationException($"tree {tree}: {result.Reason}");
        }
    }

    private CommitDoor Door() => door() ?? throw new InvalidOperationException($"tree {tree} does not run on this server");

    private static Epoch EpochOf(long life) => new(checked((int)life));
}

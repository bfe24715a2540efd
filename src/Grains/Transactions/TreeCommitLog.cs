using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Grains.Replicas;

namespace GrainKeeper.Grains.Transactions;

/// <summary>The records that a tree keeps, under one epoch of its leader.</summary>
/// <param name="door">The tree's records.</param>
/// <param name="epoch">The epoch.</param>
internal sealed class TreeCommitLog(CommitDoor door, Epoch epoch) : ICommitLog
{
    /// <inheritdoc/>
    public async Task<CommitLogOutcome> WriteAsync(CommitLogEntry entry) => (await door.WriteAsync(epoch, entry)).Answer switch
    {
        CommitAnswer.Done => CommitLogOutcome.Durable,
        CommitAnswer.Refused => CommitLogOutcome.Refused,
        _ => CommitLogOutcome.Unknown,
    };

    /// <inheritdoc/>
    public void Append(CommitLogEntry entry) => door.WriteAsync(epoch, entry).Ignore();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CommitRecord>?> ReadAsync(PartyKey key)
    {
        var read = await door.ReadAsync(epoch, new CommitKey(key.Id, key.Party), barrier: true);
        return read.Answer == CommitAnswer.Done ? read.Found?.Records() ?? [] : null;
    }

    /// <inheritdoc/>
    public void Forget(PartyKey key) => door.ForgetAsync(epoch, new CommitKey(key.Id, key.Party)).Ignore();
}

using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions;

/// <summary>A resource that keeps what it has prepared by itself, a database: nobody frees it but who knows of it. So its mark is in the log before it is asked.</summary>
internal interface ILastingResource : ICommitResource
{
    /// <summary>What will be found again in the resource.</summary>
    /// <param name="id">The transaction.</param>
    /// <param name="life">The number of the leadership that asks.</param>
    ReadOnlyMemory<byte> Mark(TransactionId id, long life);

    /// <summary>As <see cref="ICommitResource.PrepareAsync"/>, under a mark that is in the log. Whatever it answers, it is asked to undo unless it is to apply.</summary>
    Task<CommitInput.ResourcePrepared> PrepareAsync(TransactionId id, ReadOnlyMemory<byte> mark, ReadOnlyMemory<byte> operations, int lockWait);
}

using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions;

/// <summary>
/// What a participant guards: a tree, a user's grain, a database. Every call may be repeated, also after a crash. A call that throws is made again, but for <see cref="PrepareAsync"/>, which then votes No.
/// </summary>
/// <remarks>
/// Every call names the life of the host whose machine makes it: the epoch of the log's leader, greater than that of every life before. A call of an earlier life may arrive after one of a later life, and must
/// not free what was prepared for that one.
/// </remarks>
internal interface ICommitResource
{
    /// <summary>Locks and executes without showing anything; with No, or when it throws, it holds nothing any more.</summary>
    Task<CommitInput.ResourcePrepared> PrepareAsync(TransactionId id, long life, ReadOnlyMemory<byte> operations, int lockWait);

    /// <summary>Shows it, durably, and frees the locks.</summary>
    Task ApplyAsync(TransactionId id, long life, ReadOnlyMemory<byte> redo);

    /// <summary>Undoes it, durably, and frees the locks; also what was not prepared.</summary>
    Task UndoAsync(TransactionId id, long life, ReadOnlyMemory<byte> undo);
}

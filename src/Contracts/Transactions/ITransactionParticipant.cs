using Orleans.Concurrency;

namespace GrainKeeper.Contracts.Transactions;

/// <summary>
/// A user's grain that takes part in transactions; the base class in GrainKeeper.Grains does the rest. Its votes and decisions are kept for it in a tree's log, by the server that leads that tree, which
/// calls these methods. Each may come twice, late and in any order; what has ended must not begin again.
/// </summary>
[Alias("gk.ITransactionParticipant")]
public interface ITransactionParticipant : IGrainWithStringKey
{
    /// <summary>Validate the operations, lock what they touch, and say how to commit and how to abort, without showing anything yet.</summary>
    /// <param name="call">The transaction, and the proof that a server calls.</param>
    /// <param name="operations">What to do.</param>
    /// <param name="lockWaitMilliseconds">How long to wait for what others have locked; then the vote is No and says who holds it.</param>
    [AlwaysInterleave, Alias("PrepareTransaction")]
    Task<ParticipantAnswer> PrepareTransaction(ParticipantCall call, byte[] operations, int lockWaitMilliseconds);

    /// <summary>The transaction is committed: show it, durably, and free the locks.</summary>
    /// <param name="call">The transaction, and the proof that a server calls.</param>
    /// <param name="redo">As given by <see cref="PrepareTransaction"/>.</param>
    [AlwaysInterleave, Alias("ApplyTransaction")]
    Task ApplyTransaction(ParticipantCall call, byte[] redo);

    /// <summary>The transaction is aborted: undo it, durably, and free the locks.</summary>
    /// <param name="call">The transaction, and the proof that a server calls.</param>
    /// <param name="undo">As given by <see cref="PrepareTransaction"/>; empty when it has not answered.</param>
    [AlwaysInterleave, Alias("UndoTransaction")]
    Task UndoTransaction(ParticipantCall call, byte[] undo);
}

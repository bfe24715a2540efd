using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Replica.Commits;

/// <summary>
/// What a host of atomic commit asks of a tree's replica. Only an established leader does it; each is answered by one <see cref="CommitNews"/> with its ticket, if it has one.
/// Requests of one leadership are carried out in their order.
/// </summary>
/// <param name="Epoch">The leadership that the asker knows, from <see cref="CommitNews.Began"/>: what it knows of another one does not count any more.</param>
/// <param name="Ticket">Names the answer; 0 when none is wanted.</param>
public abstract record CommitRequest(Epoch Epoch, long Ticket)
{
    /// <summary>Write a record behind those of its owner.</summary>
    /// <param name="Epoch">The leadership.</param>
    /// <param name="Ticket">Names the answer.</param>
    /// <param name="Entry">The record.</param>
    public sealed record Write(Epoch Epoch, long Ticket, CommitLogEntry Entry) : CommitRequest(Epoch, Ticket);

    /// <summary>Remove a party's records.</summary>
    /// <param name="Epoch">The leadership.</param>
    /// <param name="Ticket">Names the answer.</param>
    /// <param name="Key">Whose.</param>
    public sealed record Forget(Epoch Epoch, long Ticket, CommitKey Key) : CommitRequest(Epoch, Ticket);

    /// <summary>
    /// Read a party's records. Answered when everything that this leader has proposed before is committed: what is missing then was not, and will not be, written by it.
    /// </summary>
    /// <param name="Epoch">The leadership.</param>
    /// <param name="Ticket">Names the answer.</param>
    /// <param name="Key">Whose.</param>
    /// <param name="Barrier">
    /// Whether a quorum must confirm after the question that this leader still led: no other leader has then written anything that is missing in the answer. Without, that is
    /// not known: enough for a machine whose next word follows a forced record, which would not be committed; not for one that answers from its lack of memory.
    /// </param>
    public sealed record Read(Epoch Epoch, long Ticket, CommitKey Key, bool Barrier) : CommitRequest(Epoch, Ticket);

    /// <summary>
    /// The tree's own part: try the operations, lock their paths, and vote. With Yes the locks are held until <see cref="Finish"/>; they outlive this leadership when the
    /// prepared record is written, with the redo of the answer, within a minute.
    /// </summary>
    /// <param name="Epoch">The leadership.</param>
    /// <param name="Ticket">Names the answer.</param>
    /// <param name="Id">The transaction.</param>
    /// <param name="Payload">The operations (<see cref="Requests.TreeOperations"/>).</param>
    /// <param name="LockWait">How long to wait for locks, in ms.</param>
    public sealed record Prepare(Epoch Epoch, long Ticket, TransactionId Id, ReadOnlyMemory<byte> Payload, int LockWait) : CommitRequest(Epoch, Ticket);

    /// <summary>
    /// The tree's own part: carry out what was prepared, in one transaction, or free its locks. May be repeated. To commit, the decision's record must be committed.
    /// </summary>
    /// <param name="Epoch">The leadership.</param>
    /// <param name="Ticket">Names the answer.</param>
    /// <param name="Id">The transaction.</param>
    /// <param name="Commit">Whether to carry it out.</param>
    public sealed record Finish(Epoch Epoch, long Ticket, TransactionId Id, bool Commit) : CommitRequest(Epoch, Ticket);
}

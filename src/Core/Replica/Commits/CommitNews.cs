using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Replica.Commits;

/// <summary>What a tree's replica tells a host of atomic commit.</summary>
public abstract record CommitNews
{
    private CommitNews()
    {
    }

    /// <summary>The answer to a request other than a read, or to a read that was not done.</summary>
    /// <param name="Ticket">The request's.</param>
    /// <param name="Answer">What became of it.</param>
    /// <param name="Reason">Why it was not done, and what to do; empty with <see cref="CommitAnswer.Done"/>.</param>
    public sealed record Answered(long Ticket, CommitAnswer Answer, string Reason) : CommitNews;

    /// <summary>The answer to <see cref="CommitRequest.Read"/>.</summary>
    /// <param name="Ticket">The request's.</param>
    /// <param name="Found">The records; null when there are none.</param>
    public sealed record WasRead(long Ticket, StoredCommit? Found) : CommitNews;

    /// <summary>The answer to <see cref="CommitRequest.Prepare"/>.</summary>
    /// <param name="Ticket">The request's.</param>
    /// <param name="Vote">The vote; No names the operation and its error, or both transactions and the path that one waited for.</param>
    /// <param name="Redo">With Yes, and with ReadOnly where that counts as Yes: what the prepared record must hold.</param>
    public sealed record Prepared(long Ticket, Vote Vote, ReadOnlyMemory<byte> Redo) : CommitNews;

    /// <summary>
    /// This server is the established leader of an epoch. Everything of earlier epochs is committed and in these records, or gone for ever. Machines go on from them.
    /// </summary>
    /// <param name="Epoch">The epoch: greater than that of every leadership before, on whichever server.</param>
    /// <param name="Commits">All records of the tree.</param>
    public sealed record Began(Epoch Epoch, IReadOnlyList<StoredCommit> Commits) : CommitNews;

    /// <summary>That leadership is over: machines end without a word. Whatever was under way has been answered before.</summary>
    /// <param name="Epoch">The epoch.</param>
    public sealed record Ended(Epoch Epoch) : CommitNews;
}

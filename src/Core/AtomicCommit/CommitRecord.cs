using GrainKeeper.Core.AtomicCommit.PaxosCommit;

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>What a party writes to its log. A party starts again from its records, in their order.</summary>
public abstract record CommitRecord
{
    private CommitRecord()
    {
    }

    /// <summary>
    /// Participant whose resource keeps what it has prepared by itself, a database, forced before the resource is asked: whatever the resource holds afterwards is known here by its mark.
    /// </summary>
    /// <param name="Terms">Who takes part, and how.</param>
    /// <param name="Mark">What the resource finds it by.</param>
    public sealed record Announced(TransactionTerms Terms, ReadOnlyMemory<byte> Mark) : CommitRecord;

    /// <summary>Participant, forced before it votes Yes: it can commit and it can abort, whatever happens.</summary>
    /// <param name="Terms">Who takes part, and how.</param>
    /// <param name="Redo">How to commit.</param>
    /// <param name="Undo">How to abort.</param>
    public sealed record Prepared(TransactionTerms Terms, ReadOnlyMemory<byte> Redo, ReadOnlyMemory<byte> Undo) : CommitRecord;

    /// <summary>3PC's participant, forced before it acknowledges PreCommit.</summary>
    public sealed record PreCommitted : CommitRecord;

    /// <summary>
    /// A decision. Coordinator: Commit is forced before anybody hears of it. Participant: Commit is forced before it is carried out, and its own Abort before it
    /// votes No; a decision by hand is forced in any case. Acceptor: noted when all participants have decided.
    /// </summary>
    /// <param name="Decision">The decision.</param>
    /// <param name="Terms">Who takes part, of 2PC's coordinator who is to be told; null when nobody, or not known.</param>
    /// <param name="Reason">Why, with Abort; otherwise empty.</param>
    public sealed record Decided(Decision Decision, TransactionTerms? Terms, string Reason) : CommitRecord
    {
        /// <summary>Whether an administrator has decided for a participant in doubt, and not the protocol.</summary>
        public bool ByHand { get; init; }
    }

    /// <summary>All participants have carried out the decision; of a participant that was decided for by hand: the protocol's decision is known. Not forced.</summary>
    public sealed record End : CommitRecord;

    /// <summary>Acceptor, forced before Phase1b.</summary>
    /// <param name="Ballot">The ballot.</param>
    /// <param name="Terms">Who takes part.</param>
    public sealed record Promised(Ballot Ballot, TransactionTerms Terms) : CommitRecord;

    /// <summary>Acceptor, forced before Phase2b.</summary>
    /// <param name="Terms">Who takes part.</param>
    /// <param name="Votes">All in one ballot.</param>
    public sealed record Accepted(TransactionTerms Terms, IReadOnlyList<AcceptedVote> Votes) : CommitRecord;

    /// <summary>One line for a timeline.</summary>
    public string Describe() => this switch
    {
        Prepared r => $"prepared (redo {r.Redo.Length} bytes, undo {r.Undo.Length} bytes)",
        Decided r => (r.Decision == Decision.Commit ? "commit" : $"abort{(r.Reason.Length > 0 ? $" ({r.Reason})" : "")}") + (r.ByHand ? " (by hand)" : ""),
        Announced r => $"announced (mark {r.Mark.Length} bytes)",
        Promised r => $"promised {r.Ballot}",
        Accepted r => $"accepted [{string.Join(' ', r.Votes)}]",
        PreCommitted => "pre-committed",
        _ => "end",
    };
}

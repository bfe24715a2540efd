using GrainKeeper.Core.AtomicCommit.PaxosCommit;

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>
/// What the parties of a transaction send each other (docs/atomic-commit.md has the table). Each may be lost, doubled, late and overtaken, within the limits
/// that a protocol's guarantees name.
/// </summary>
public abstract record CommitMessage
{
    private CommitMessage()
    {
    }

    /// <summary>2PC and Paxos Commit: execute, keep undo and redo, and vote.</summary>
    /// <param name="Terms">Who takes part, and how.</param>
    /// <param name="Payload">The operations.</param>
    public sealed record Prepare(TransactionTerms Terms, ReadOnlyMemory<byte> Payload) : CommitMessage
    {
        /// <summary>How long to wait for locks, in ms, at most <see cref="CommitOptions.LockWait"/>; 0 for just that.</summary>
        public int LockWait { get; init; }
    }

    /// <summary>3PC's first phase: the same.</summary>
    /// <param name="Terms">Who takes part, and how.</param>
    /// <param name="Payload">The operations.</param>
    public sealed record CanCommit(TransactionTerms Terms, ReadOnlyMemory<byte> Payload) : CommitMessage
    {
        /// <summary>As with <see cref="Prepare.LockWait"/>.</summary>
        public int LockWait { get; init; }
    }

    /// <summary>Participant to coordinator: my vote.</summary>
    /// <param name="Vote">The vote.</param>
    public sealed record Voted(Vote Vote) : CommitMessage;

    /// <summary>3PC's second phase, from the coordinator or its substitute: all have voted Yes.</summary>
    public sealed record PreCommit : CommitMessage;

    /// <summary>3PC: that is in my log.</summary>
    public sealed record PreCommitAck : CommitMessage;

    /// <summary>The decision: Commit or Rollback; 3PC's DoCommit.</summary>
    /// <param name="Decision">The decision.</param>
    public sealed record Decide(Decision Decision) : CommitMessage;

    /// <summary>I have carried out the decision; to a leader from an acceptor: I have noted it.</summary>
    public sealed record Ack : CommitMessage;

    /// <summary>I am in doubt: what is the decision?</summary>
    /// <param name="Terms">Who takes part, for one that has no memory of it.</param>
    public sealed record Inquiry(TransactionTerms Terms) : CommitMessage;

    /// <summary>There is no decision yet: wait.</summary>
    public sealed record Undecided : CommitMessage;

    /// <summary>3PC, to the participants before me: I miss the coordinator; does one of you stand in for it?</summary>
    public sealed record Elect : CommitMessage;

    /// <summary>3PC: I do.</summary>
    public sealed record StandingIn : CommitMessage;

    /// <summary>3PC: the substitute asks how far you are.</summary>
    public sealed record StateRequest : CommitMessage;

    /// <summary>3PC: how far I am, without a decision.</summary>
    /// <param name="PreCommitted">Whether PreCommit is in my log.</param>
    /// <param name="Recovered">Whether I have started again since I voted, and so may not take part in a decision by timeout.</param>
    public sealed record StateReport(bool PreCommitted, bool Recovered) : CommitMessage;

    /// <summary>All participants have decided. To 3PC's participants: you need not remember for others. To acceptors: remember the decision instead of votes.</summary>
    /// <param name="Decision">The decision.</param>
    /// <param name="Terms">Who takes part.</param>
    public sealed record Done(Decision Decision, TransactionTerms Terms) : CommitMessage;

    /// <summary>To acceptors: all acceptors have noted the decision.</summary>
    public sealed record Forget : CommitMessage;

    /// <summary>Paxos, leader to acceptor: take part in no lower ballot, in any instance of the transaction.</summary>
    /// <param name="Ballot">The ballot.</param>
    /// <param name="Terms">Who takes part.</param>
    public sealed record Phase1A(Ballot Ballot, TransactionTerms Terms) : CommitMessage;

    /// <summary>Paxos, acceptor to leader: promised; this is what I have accepted.</summary>
    /// <param name="Ballot">The ballot.</param>
    /// <param name="Accepted">By instance.</param>
    public sealed record Phase1B(Ballot Ballot, IReadOnlyList<AcceptedVote> Accepted) : CommitMessage;

    /// <summary>Paxos, to acceptors: accept. In ballot 0 from a participant about itself, otherwise from a leader about all.</summary>
    /// <param name="Terms">Who takes part.</param>
    /// <param name="Ballot">The ballot.</param>
    /// <param name="Votes">All in this ballot.</param>
    public sealed record Phase2A(TransactionTerms Terms, Ballot Ballot, IReadOnlyList<AcceptedVote> Votes) : CommitMessage;

    /// <summary>Paxos, acceptor to leader: accepted.</summary>
    /// <param name="Ballot">The ballot.</param>
    /// <param name="Votes">All in this ballot.</param>
    /// <param name="Terms">Who takes part.</param>
    public sealed record Phase2B(Ballot Ballot, IReadOnlyList<AcceptedVote> Votes, TransactionTerms Terms) : CommitMessage;

    /// <summary>Paxos, acceptor to leader: I have promised a higher ballot.</summary>
    /// <param name="Promised">That ballot.</param>
    public sealed record Nack(Ballot Promised) : CommitMessage;

    /// <summary>One line for a timeline.</summary>
    public string Describe() => this switch
    {
        Prepare m => $"Prepare ({m.Terms.Participants.Count} participants, {m.Payload.Length} bytes)",
        CanCommit m => $"CanCommit ({m.Terms.Participants.Count} participants, {m.Payload.Length} bytes)",
        Voted m => $"Vote {m.Vote}",
        Decide m => m.Decision == Decision.Commit ? "Commit" : "Rollback",
        StateReport m => $"StateReport ({(m.PreCommitted ? "pre-committed" : "prepared")}{(m.Recovered ? ", recovered" : "")})",
        Done m => $"Done ({m.Decision})",
        Phase1A m => $"Phase1a {m.Ballot}",
        Phase1B m => $"Phase1b {m.Ballot} [{string.Join(' ', m.Accepted)}]",
        Phase2A m => $"Phase2a {m.Ballot} [{string.Join(' ', m.Votes)}]",
        Phase2B m => $"Phase2b {m.Ballot} [{string.Join(' ', m.Votes)}]",
        Nack m => $"Nack (promised {m.Promised})",
        _ => GetType().Name,
    };
}

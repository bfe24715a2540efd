namespace GrainKeeper.Core.AtomicCommit;

/// <summary>What a caller hears of a transaction.</summary>
public abstract record Outcome
{
    private Outcome()
    {
    }

    /// <summary>It is committed, or will be at every participant.</summary>
    public sealed record Committed : Outcome;

    /// <summary>It is aborted at every participant.</summary>
    /// <param name="Votes">Who voted No. Empty when nobody did: a participant did not answer, or the coordinator had crashed before it decided.</param>
    /// <param name="Reason">For people.</param>
    public sealed record Aborted(IReadOnlyList<NoVote> Votes, string Reason) : Outcome;

    /// <summary>Not known yet: ask again by the id. It will be committed or aborted, alike everywhere.</summary>
    /// <param name="Id">The id to ask about.</param>
    /// <param name="Reason">For people.</param>
    public sealed record InDoubt(TransactionId Id, string Reason) : Outcome;
}

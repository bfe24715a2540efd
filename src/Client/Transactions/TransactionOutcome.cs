using GrainKeeper.Contracts.Transactions;

namespace GrainKeeper.Client.Transactions;

/// <summary>What became of a transaction: one of three. Not knowing is no exception.</summary>
/// <param name="Id">Its id.</param>
public abstract record TransactionOutcome(string Id)
{
    /// <summary>It is committed at every participant, or will be.</summary>
    /// <param name="Id">Its id.</param>
    public sealed record Committed(string Id) : TransactionOutcome(Id);

    /// <summary>It is aborted at every participant: nothing has changed.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Votes">Who voted No, and why. Empty when nobody did: somebody did not answer in time, or the coordinator had lost its memory before it decided.</param>
    /// <param name="Reason">For people.</param>
    public sealed record Aborted(string Id, IReadOnlyList<TransactionNo> Votes, string Reason) : TransactionOutcome(Id);

    /// <summary>Not known yet: it will be committed or aborted, alike everywhere. Ask again by the id, or commit again under the same ticket.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Reason">For people.</param>
    public sealed record InDoubt(string Id, string Reason) : TransactionOutcome(Id);
}

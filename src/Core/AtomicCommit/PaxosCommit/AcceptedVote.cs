namespace GrainKeeper.Core.AtomicCommit.PaxosCommit;

/// <summary>What an acceptor has accepted in one participant's instance.</summary>
/// <param name="Participant">Whose instance: the place in the transaction's terms.</param>
/// <param name="Ballot">In which ballot.</param>
/// <param name="Prepared">The value: prepared, or aborted.</param>
public readonly record struct AcceptedVote(int Participant, Ballot Ballot, bool Prepared)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Participant}:{(Prepared ? "prepared" : "aborted")}@{Ballot}";
}

namespace GrainKeeper.Contracts.Transactions;

/// <summary>What a participant's grain must hold.</summary>
/// <param name="Status"><see cref="TransactionStatus.Done"/>, <see cref="TransactionStatus.NotLeader"/>, or <see cref="TransactionStatus.Refused"/>: another activation has claimed since.</param>
/// <param name="Reason">Why not done.</param>
/// <param name="Over">Of those held: what is over, or was never prepared. The locks are to be freed.</param>
/// <param name="Prepared">All that are prepared and not carried out. Their locks are to be taken.</param>
[GenerateSerializer, Immutable, Alias("gk.ParticipantHoldings")]
public sealed record ParticipantHoldings(
    [property: Id(0)] TransactionStatus Status,
    [property: Id(1)] string Reason,
    [property: Id(2)] string[] Over,
    [property: Id(3)] HeldTransaction[] Prepared)
{
    /// <summary>The epoch of the leader that answers.</summary>
    [Id(4)]
    public long Life { get; init; }

    /// <summary>An answer that grants nothing.</summary>
    public static ParticipantHoldings Of(TransactionStatus status, string reason) => new(status, reason, [], []);
}

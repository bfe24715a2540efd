namespace GrainKeeper.Contracts.Transactions;

/// <summary>Which transaction a call to or from a participant's grain is about, and the proof that a server of the ensemble makes it.</summary>
/// <param name="Participant">The participant.</param>
/// <param name="Transaction">The transaction; empty when it is about all.</param>
/// <param name="Claimed">The activation of the grain that has claimed its part last, as the caller knows; empty when it knows none.</param>
/// <param name="Proof">An HMAC under the ensemble's secret over participant and transaction. Clients of a gateway have none.</param>
[GenerateSerializer, Immutable, Alias("gk.ParticipantCall")]
public sealed record ParticipantCall([property: Id(0)] string Participant, [property: Id(1)] string Transaction, [property: Id(2)] Guid Claimed, [property: Id(3)] byte[] Proof)
{
    /// <summary>The epoch of the leader that asks; one of an earlier leader frees nothing that was asked for by a later one.</summary>
    [Id(4)]
    public long Life { get; init; }
}

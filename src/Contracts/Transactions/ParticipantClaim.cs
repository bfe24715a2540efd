namespace GrainKeeper.Contracts.Transactions;

/// <summary>A participant's grain says that it is the one, and what it holds.</summary>
/// <param name="Call">The participant, and the proof that a silo of the ensemble calls.</param>
/// <param name="Activation">This activation of the grain.</param>
/// <param name="Fresh">Whether it has just been activated: whatever activation was there before is not believed any more.</param>
/// <param name="Held">The transactions that it holds locks for; at most <see cref="MaxHeld"/>.</param>
[GenerateSerializer, Immutable, Alias("gk.ParticipantClaim")]
public sealed record ParticipantClaim(
    [property: Id(0)] ParticipantCall Call,
    [property: Id(1)] Guid Activation,
    [property: Id(2)] bool Fresh,
    [property: Id(3)] string[] Held)
{
    /// <summary>Most transactions in one claim.</summary>
    public const int MaxHeld = 10_000;
}

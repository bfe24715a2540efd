namespace GrainKeeper.Contracts.Transactions;

/// <summary>Who voted No, and why.</summary>
/// <param name="Participant">Who.</param>
/// <param name="Reason">Why.</param>
[GenerateSerializer, Immutable, Alias("gk.TransactionNo")]
public sealed record TransactionNo([property: Id(0)] string Participant, [property: Id(1)] string Reason);

namespace GrainKeeper.Contracts.Transactions;

/// <summary>A transaction that a participant has prepared.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="Redo">How to commit.</param>
/// <param name="Undo">How to abort.</param>
[GenerateSerializer, Immutable, Alias("gk.HeldTransaction")]
public sealed record HeldTransaction([property: Id(0)] string Transaction, [property: Id(1)] byte[] Redo, [property: Id(2)] byte[] Undo);

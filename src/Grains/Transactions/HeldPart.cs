using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions;

/// <summary>A participant's part in a transaction, as its host knows it.</summary>
/// <param name="Finished">Whether nothing is left to do.</param>
/// <param name="Decision">The decision, or null.</param>
/// <param name="Redo">How it is committed; empty before it has voted.</param>
/// <param name="State">For people.</param>
internal sealed record HeldPart(bool Finished, Decision? Decision, ReadOnlyMemory<byte> Redo, string State);

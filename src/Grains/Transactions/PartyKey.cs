using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions;

/// <summary>One party's part in one transaction.</summary>
/// <param name="Id">The transaction.</param>
/// <param name="Party">The party.</param>
internal readonly record struct PartyKey(TransactionId Id, CommitParty Party)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Id} {Party}";
}

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>Whose records: a party's part in a transaction.</summary>
/// <param name="Id">The transaction.</param>
/// <param name="Owner">The party.</param>
public readonly record struct CommitKey(TransactionId Id, CommitParty Owner)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Id} {Owner}";
}

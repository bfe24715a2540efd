namespace GrainKeeper.Contracts.Transactions;

/// <summary>A question about a transaction. Whoever holds its seal, or is the administrator, hears why participants voted No: such reasons name nodes, keys and values. Others hear that they did.</summary>
/// <param name="Transaction">Its id.</param>
/// <param name="Until">As it came with the id; 0 without the seal.</param>
/// <param name="Seal">As it came with the id; empty for those who did not allot it.</param>
/// <param name="Proofs">Who asks; at most <see cref="TransactionProof.MaxCount"/>.</param>
[GenerateSerializer, Immutable, Alias("gk.TransactionQuery")]
public sealed record TransactionQuery(
    [property: Id(0)] string Transaction,
    [property: Id(1)] long Until,
    [property: Id(2)] byte[] Seal,
    [property: Id(3)] TransactionProof[] Proofs)
{
    /// <summary>The question of somebody who shows nothing.</summary>
    public static TransactionQuery Of(string transaction) => new(transaction, 0, [], []);
}

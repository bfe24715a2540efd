namespace GrainKeeper.Contracts.Transactions;

/// <summary>What a client shows to prove who it is, as with ZooKeeper's addauth. The server makes the identity of it, under which the transaction's operations on trees run.</summary>
/// <param name="Scheme">How: <c>digest</c>.</param>
/// <param name="Proof">With digest: <c>user:password</c>. A secret. At most <see cref="MaxLength"/> bytes.</param>
[GenerateSerializer, Immutable, Alias("gk.TransactionProof")]
public sealed record TransactionProof([property: Id(0)] string Scheme, [property: Id(1)] byte[] Proof)
{
    /// <summary>Most proofs of one client.</summary>
    public const int MaxCount = 64;

    /// <summary>Longest proof, in bytes.</summary>
    public const int MaxLength = 4_096;

    /// <summary>Names the scheme; no secrets.</summary>
    public override string ToString() => Scheme;
}

namespace GrainKeeper.Contracts.Transactions;

/// <summary>A transaction that a caller wants to be run.</summary>
/// <param name="Transaction">The id, as allotted.</param>
/// <param name="Protocol">1 2PC, 2 3PC, 3 Paxos Commit.</param>
/// <param name="Participants">Who takes part, without repetition.</param>
/// <param name="Operations">
/// What each of them shall do, in the same order; its meaning is the participant's. For <c>tree.NAME</c> it is the body of a ZooKeeper multi request: each operation after its header, and the end's header. The
/// server adds the identities for whom it is done, from <see cref="Proofs"/>.
/// </param>
/// <param name="Sites">Paxos Commit: the servers of the 2F+1 acceptors, an odd number of those that came with the id, the same in every submission of it; otherwise empty.</param>
[GenerateSerializer, Immutable, Alias("gk.TransactionSubmission")]
public sealed record TransactionSubmission(
    [property: Id(0)] string Transaction,
    [property: Id(1)] int Protocol,
    [property: Id(2)] string[] Participants,
    [property: Id(3)] byte[][] Operations,
    [property: Id(4)] int[] Sites)
{
    /// <summary>Longest wait for an outcome in one call, in milliseconds.</summary>
    public const int MaxWait = 20_000;

    /// <summary>Who the caller is, for the ACLs of trees and for participants that not everybody may use; at most <see cref="TransactionProof.MaxCount"/>. Without any it may do what the world may.</summary>
    [Id(5)]
    public TransactionProof[] Proofs { get; init; } = [];

    /// <summary>As it came with the id.</summary>
    [Id(6)]
    public long Until { get; init; }

    /// <summary>As it came with the id.</summary>
    [Id(7)]
    public byte[] Seal { get; init; } = [];

    /// <summary>How long participants may wait for locks, in ms, at most 3,600,000; 0, or longer than the servers' own limit, for that limit.</summary>
    [Id(8)]
    public int LockWait { get; init; }

    /// <summary>How long to wait for all votes, in ms, at most 3,600,000; 0, or longer than the servers' own limit, for that limit.</summary>
    [Id(9)]
    public int VoteTimeout { get; init; }
}

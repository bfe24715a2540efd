namespace GrainKeeper.Contracts.Transactions;

/// <summary>A server's answer about a transaction.</summary>
/// <param name="Status">What is known.</param>
/// <param name="Transaction">The id; null when the answer is about none.</param>
/// <param name="Reason">For people; empty when there is nothing to say.</param>
/// <param name="Votes">With <see cref="TransactionStatus.Aborted"/>: who voted No.</param>
/// <param name="Leader">With <see cref="TransactionStatus.NotLeader"/>: the server that leads the home tree; 0 when it is not known.</param>
/// <param name="AskWithin">With <see cref="TransactionStatus.Allotted"/>: for how many milliseconds from now an outcome may be asked for by submitting again; later it could have been forgotten.</param>
[GenerateSerializer, Immutable, Alias("gk.TransactionAnswer")]
public sealed record TransactionAnswer(
    [property: Id(0)] TransactionStatus Status,
    [property: Id(1)] string? Transaction,
    [property: Id(2)] string Reason,
    [property: Id(3)] TransactionNo[] Votes,
    [property: Id(4)] int Leader,
    [property: Id(5)] int AskWithin = 0)
{
    /// <summary>With <see cref="TransactionStatus.Allotted"/>: servers that may be acceptors of Paxos Commit, the best first.</summary>
    [Id(6)]
    public int[] Sites { get; init; } = [];

    /// <summary>With <see cref="TransactionStatus.Allotted"/>: until when the id may be submitted, by the servers' clocks: milliseconds since the Unix epoch.</summary>
    [Id(7)]
    public long Until { get; init; }

    /// <summary>With <see cref="TransactionStatus.Allotted"/>: shows that the id and <see cref="Until"/> come from a server. It goes with every submission; whoever has it can submit in the owner's place.</summary>
    [Id(8)]
    public byte[] Seal { get; init; } = [];

    /// <summary>An answer without votes.</summary>
    public static TransactionAnswer Of(TransactionStatus status, string? transaction = null, string reason = "", int leader = 0) => new(status, transaction, reason, [], leader);
}

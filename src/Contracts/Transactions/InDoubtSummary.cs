namespace GrainKeeper.Contracts.Transactions;

/// <summary>A transaction that a tree has prepared and not carried out or given up, as a server's copy of the tree says: its paths are locked.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="Tree">The tree, which takes part as <c>tree.NAME</c>.</param>
/// <param name="Server">The server that says so.</param>
/// <param name="Protocol">1 2PC, 2 3PC, 3 Paxos Commit.</param>
/// <param name="Decision">What was decided and is being carried out, Commit or Abort; empty while it is in doubt.</param>
/// <param name="Participants">Who takes part.</param>
/// <param name="Paths">The locked paths; only for the administrator, since node names can be confidential.</param>
[GenerateSerializer, Immutable, Alias("gk.InDoubtSummary")]
public sealed record InDoubtSummary(
    [property: Id(0)] string Transaction,
    [property: Id(1)] string Tree,
    [property: Id(2)] int Server,
    [property: Id(3)] int Protocol,
    [property: Id(4)] string Decision,
    [property: Id(5)] string[] Participants,
    [property: Id(6)] string[] Paths);

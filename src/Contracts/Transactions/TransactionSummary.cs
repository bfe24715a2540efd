namespace GrainKeeper.Contracts.Transactions;

/// <summary>A party of a transaction on a server.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="Server">The server.</param>
/// <param name="Party">The party.</param>
/// <param name="Protocol">1 2PC, 2 3PC, 3 Paxos Commit; 0 when not known.</param>
/// <param name="State">How far it has come.</param>
/// <param name="InDoubt">Whether it is a participant that has voted Yes and knows no decision.</param>
/// <param name="Finished">Whether it has nothing more to do and is only remembered.</param>
/// <param name="Since">When it began here: milliseconds since the Unix epoch.</param>
/// <param name="Participants">Who takes part, as far as it is known here.</param>
[GenerateSerializer, Immutable, Alias("gk.TransactionSummary")]
public sealed record TransactionSummary(
    [property: Id(0)] string Transaction,
    [property: Id(1)] int Server,
    [property: Id(2)] string Party,
    [property: Id(3)] int Protocol,
    [property: Id(4)] string State,
    [property: Id(5)] bool InDoubt,
    [property: Id(6)] bool Finished,
    [property: Id(7)] long Since,
    [property: Id(8)] string[] Participants)
{
    /// <summary>The tree whose log keeps the party's records; empty for the server's acceptor.</summary>
    [Id(9)]
    public string Host { get; init; } = string.Empty;

    /// <summary>What the party has decided, or knows to be decided: 1 commit, 2 abort; 0 while nothing.</summary>
    [Id(10)]
    public int Decision { get; init; }

    /// <summary>Whether an administrator has decided for it.</summary>
    [Id(11)]
    public bool ByHand { get; init; }
}

namespace GrainKeeper.Contracts.Transactions;

/// <summary>One event in a transaction's timeline: a message, a forced write, a vote, a decision.</summary>
/// <param name="At">When: milliseconds since the Unix epoch, by the server's clock.</param>
/// <param name="Server">The server on which it happened.</param>
/// <param name="Party">Whose event: <c>coordinator</c>, a participant's name, <c>acceptor 1</c>, <c>leader 1</c>.</param>
/// <param name="What">What happened.</param>
[GenerateSerializer, Immutable, Alias("gk.TransactionLine")]
public sealed record TransactionLine([property: Id(0)] long At, [property: Id(1)] int Server, [property: Id(2)] string Party, [property: Id(3)] string What)
{
    /// <summary>Which host on the server: the tree whose leader it hosts parties for, or empty for the server's acceptor. What one host has seen comes in its order.</summary>
    [Id(4)]
    public string Host { get; init; } = string.Empty;
}

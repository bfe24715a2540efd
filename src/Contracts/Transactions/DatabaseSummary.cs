namespace GrainKeeper.Contracts.Transactions;

/// <summary>A database that takes part in transactions, as a server sees it.</summary>
/// <param name="Participant">Its name in transactions.</param>
/// <param name="Problem">Why it cannot take part at present; null when it can, and when this server does not drive it.</param>
/// <param name="Prepared">This ensemble's transactions that were prepared in it when it was last looked at, the oldest first.</param>
[GenerateSerializer, Immutable, Alias("gk.DatabaseSummary")]
public sealed record DatabaseSummary([property: Id(0)] string Participant, [property: Id(1)] string? Problem, [property: Id(2)] PreparedInDatabase[] Prepared)
{
    /// <summary>The tree that keeps its records; the tree's leader drives it.</summary>
    [Id(3)]
    public string LogTree { get; init; } = string.Empty;

    /// <summary>Whether this server drives it.</summary>
    [Id(4)]
    public bool IsDriven { get; init; }

    /// <summary>The server that says so.</summary>
    [Id(5)]
    public int Server { get; init; }

    /// <summary>Its <c>max_prepared_transactions</c>, which all who prepare anything there share; null while it has not been reached.</summary>
    [Id(6)]
    public int? MaxPrepared { get; init; }

    /// <summary>When it was last looked at with success, by the server's clock: milliseconds since the Unix epoch; null while it has not been.</summary>
    [Id(7)]
    public long? LookedAt { get; init; }
}

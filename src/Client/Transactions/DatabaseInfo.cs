using GrainKeeper.Contracts.Transactions;

namespace GrainKeeper.Client.Transactions;

/// <summary>A database that takes part in transactions.</summary>
/// <param name="Participant">Its name in transactions, <c>postgres.NAME</c>.</param>
/// <param name="LogTree">The tree that keeps its records.</param>
/// <param name="Server">The server that drives it, since it leads that tree; null when no server that answers does.</param>
/// <param name="Problem">Why it cannot take part at present, for example that it cannot be reached, or that its <c>max_prepared_transactions</c> is 0; null when it can.</param>
/// <param name="MaxPrepared">Its <c>max_prepared_transactions</c>, which all who prepare anything there share; null while it has not been reached.</param>
/// <param name="LookedAt">When the server last looked at it with success; null while it has not. What is prepared is as of then.</param>
/// <param name="Prepared">This ensemble's transactions that are prepared in it and hold their locks, the oldest first.</param>
public sealed record DatabaseInfo(
    string Participant, string LogTree, int? Server, string? Problem, int? MaxPrepared, DateTimeOffset? LookedAt, IReadOnlyList<PreparedInDatabase> Prepared)
{
    /// <summary>How long the oldest had been prepared when the database was last looked at; null when none was.</summary>
    public TimeSpan? OldestAge => Prepared.Count > 0 ? TimeSpan.FromMilliseconds(Prepared.Max(p => p.Age)) : null;

    /// <summary>One for each database: as the server says that drives it. While the leadership of its tree moves two may say that.</summary>
    internal static IReadOnlyList<DatabaseInfo> Of(IEnumerable<DatabaseSummary> summaries) =>
    [
        .. summaries.GroupBy(s => s.Participant, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.OrderByDescending(s => s.IsDriven).ThenBy(s => s.Problem is not null).ThenByDescending(s => s.LookedAt).First())
            .Select(s => new DatabaseInfo(
                s.Participant,
                s.LogTree,
                s.IsDriven ? s.Server : null,
                s.IsDriven ? s.Problem : $"no server drives it: tree {s.LogTree}, which keeps its records, has no leader that answers",
                s.MaxPrepared,
                s.LookedAt is { } looked ? DateTimeOffset.FromUnixTimeMilliseconds(looked) : null,
                s.Prepared)),
    ];
}

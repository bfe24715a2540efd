using GrainKeeper.Core.Replica.Commits;

namespace GrainKeeper.Core.Replica;

/// <summary>Lists out of a replica at one moment, for administrators. Each list is cut at the limit that was asked for; the counts are whole.</summary>
public sealed record ReplicaReport
{
    /// <summary>The ensemble's sessions with their timeouts in ms, by id.</summary>
    public IReadOnlyList<KeyValuePair<long, int>> Sessions { get; init; } = [];

    /// <summary>Sessions that own ephemeral nodes, and the nodes, by session.</summary>
    public IReadOnlyList<KeyValuePair<long, IReadOnlyList<string>>> Ephemerals { get; init; } = [];

    /// <summary>How many sessions own ephemeral nodes.</summary>
    public int SessionsWithEphemerals { get; init; }

    /// <summary>This server's sessions that watch something, and the paths they watch, by session.</summary>
    public IReadOnlyList<KeyValuePair<long, IReadOnlyList<string>>> Watches { get; init; } = [];

    /// <summary>How many connections of this server watch something.</summary>
    public int Watchers { get; init; }

    /// <summary>How many paths are watched on this server.</summary>
    public int WatchedPaths { get; init; }

    /// <summary>How many (connection, path) pairs are watched on this server.</summary>
    public int TotalWatches { get; init; }

    /// <summary>Transactions of atomic commit that the tree has prepared and not finished, by id.</summary>
    public IReadOnlyList<InDoubtTransaction> InDoubt { get; init; } = [];

    /// <summary>The ensemble's trees besides the root tree, by name, as the root tree lists them; empty in other trees.</summary>
    public IReadOnlyList<ListedTree> Trees { get; init; } = [];

    /// <summary>Whether a list was cut at the limit.</summary>
    public bool IsCut { get; init; }

    /// <summary>What a leader knows besides; null elsewhere.</summary>
    public LeaderReport? Leader { get; init; }
}

namespace GrainKeeper.Contracts.Servers;

/// <summary>What one server is doing in one tree.</summary>
[GenerateSerializer, Immutable, Alias("gk.ServerStatus")]
public sealed record ServerStatus
{
    /// <summary>The tree.</summary>
    [Id(0)] public required string Tree { get; init; }

    /// <summary>The server's id.</summary>
    [Id(1)] public required int Server { get; init; }

    /// <summary>Its role.</summary>
    [Id(2)] public ServerRole Role { get; init; }

    /// <summary>How far it has come in its role.</summary>
    [Id(3)] public ServerPhase Phase { get; init; }

    /// <summary>The leader's id; null while there is none.</summary>
    [Id(4)] public int? Leader { get; init; }

    /// <summary>The last epoch promised to a prospective leader.</summary>
    [Id(5)] public int AcceptedEpoch { get; init; }

    /// <summary>The last epoch whose history is durable here.</summary>
    [Id(6)] public int CurrentEpoch { get; init; }

    /// <summary>The last zxid of the log.</summary>
    [Id(7)] public long LastZxid { get; init; }

    /// <summary>The last committed zxid.</summary>
    [Id(8)] public long LastCommitted { get; init; }

    /// <summary>Nodes of the tree.</summary>
    [Id(9)] public long Nodes { get; init; }

    /// <summary>Watches of clients connected here.</summary>
    [Id(10)] public long Watches { get; init; }

    /// <summary>Sessions of the ensemble.</summary>
    [Id(11)] public long Sessions { get; init; }

    /// <summary>Clients connected here.</summary>
    [Id(12)] public long Connections { get; init; }

    /// <summary>Requests under way here.</summary>
    [Id(13)] public long Outstanding { get; init; }

    /// <summary>The start of the server's replica: grows with every start.</summary>
    [Id(14)] public long Incarnation { get; init; }

    /// <summary>The election's logical clock.</summary>
    [Id(15)] public long Round { get; init; }

    /// <summary>Synchronizations with a leader that sent what was missing (DIFF), since the process began.</summary>
    [Id(16)] public long SyncedByDiff { get; init; }

    /// <summary>Synchronizations in which the log was cut (TRUNC), since the process began.</summary>
    [Id(17)] public long SyncedByTruncation { get; init; }

    /// <summary>Synchronizations by a whole state (SNAP), since the process began.</summary>
    [Id(18)] public long SyncedBySnapshot { get; init; }

    /// <summary>Names of all trees of the ensemble as this server knows them, sorted; on every tree's status.</summary>
    [Id(19)] public string[] Trees { get; init; } = [];

    /// <summary>How many times the replica was loaded from disk again because its log was cut below what memory held.</summary>
    [Id(20)] public long Reloads { get; init; }
}

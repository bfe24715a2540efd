using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Scenarios;

/// <summary>A scenario as its file says it: who takes part, and what happens (docs/lab.md has the format).</summary>
public sealed record Scenario
{
    /// <summary>The most bytes of a file.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The most lines of a file.</summary>
    public const int MaxLines = 500;

    /// <summary>The most voting servers, and the most participants of transactions.</summary>
    public const int MaxServers = 9;

    /// <summary>The most observers, clients, and acceptors.</summary>
    public const int MaxOthers = 5;

    /// <summary>The longest run, in seconds of virtual time.</summary>
    public const int MaxSeconds = 600;

    /// <summary>Its name: the file's, without its extension.</summary>
    public required string Name { get; init; }

    /// <summary>Its title.</summary>
    public required string Title { get; init; }

    /// <summary>What it shows, paragraph by paragraph.</summary>
    public required IReadOnlyList<string> About { get; init; }

    /// <summary>Servers that vote, numbered from 1.</summary>
    public required int Servers { get; init; }

    /// <summary>Servers that do not, numbered after those that do.</summary>
    public required int Observers { get; init; }

    /// <summary>Which election: 0, 2 or 3, as <c>electionAlg</c>.</summary>
    public required int Algorithm { get; init; }

    /// <summary>Whether servers without a leader serve reads to clients that asked for it.</summary>
    public required bool ReadOnlyMode { get; init; }

    /// <summary>Clients.</summary>
    public required IReadOnlyList<string> Clients { get; init; }

    /// <summary>Participants of transactions.</summary>
    public required IReadOnlyList<string> Participants { get; init; }

    /// <summary>Acceptors of Paxos Commit.</summary>
    public required int Acceptors { get; init; }

    /// <summary>What happens, in order.</summary>
    internal IReadOnlyList<ScenarioStep> Steps { get; init; } = [];

    /// <summary>Who takes part, in the order of a chart.</summary>
    public IReadOnlyList<CastMember> Cast =>
    [
        .. Clients.Select(c => new CastMember(c, "client")),
        .. Enumerable.Range(1, Servers + Observers).Select(i => new CastMember($"{i}", i <= Servers ? "server" : "observer")),
        .. Participants.Count > 0 ? [new CastMember(Commits.CommitCircle.CoordinatorName, "coordinator")] : Array.Empty<CastMember>(),
        .. Participants.Select(p => new CastMember(p, "participant")),
        .. Enumerable.Range(1, Acceptors).Select(i => new CastMember(Lab.Commits.CommitCircle.AcceptorName(i), "acceptor")),
    ];
}

using GrainKeeper.Core.Replica;
using GrainKeeper.Simulation.Clients;
using GrainKeeper.Simulation.Network;
using GrainKeeper.Simulation.Servers;

namespace GrainKeeper.Simulation;

/// <summary>Everything that one run consists of.</summary>
public sealed class World(SimulationProfile profile, EventLoop loop, Trace trace)
{
    private long _connections;
    private long _values;

    /// <summary>How the world is.</summary>
    public SimulationProfile Profile { get; } = profile;

    /// <summary>Virtual time.</summary>
    public EventLoop Loop { get; } = loop;

    /// <summary>The story.</summary>
    public Trace Trace { get; } = trace;

    /// <summary>The links between servers.</summary>
    public required SimNetwork Network { get; init; }

    /// <summary>The servers, by id.</summary>
    public List<SimServer> Servers { get; } = [];

    /// <summary>The clients, by number.</summary>
    public List<SimClient> Clients { get; } = [];

    /// <summary>Whether bare replicas propose.</summary>
    public bool BareWorkload { get; set; } = true;

    /// <summary>Whether hosts of atomic commit go on asking.</summary>
    public bool Committing { get; set; } = true;

    /// <summary>How likely an election's outcome is told wrongly now.</summary>
    public double FalseElections { get; set; } = profile.FalseElections;

    /// <summary>A number for a connection.</summary>
    public ConnectionId NextConnection() => new(++_connections);

    /// <summary>A value that nobody has written yet.</summary>
    public long NextValue() => ++_values;
}

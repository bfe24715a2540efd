using Microsoft.Extensions.Configuration;

namespace GrainKeeper.Client.Configuration;

/// <summary>
/// Configuration from a node and those below it: the node <c>PATH/Logging/Level</c> gives the key <c>Logging:Level</c>, with the node's data as UTF-8 text. Nodes without data give no key. Read again whenever one of them changes.
/// </summary>
public sealed class GrainKeeperConfigurationSource : IConfigurationSource
{
    /// <summary>How to connect. The session is renewed when the servers have ended it.</summary>
    public required GrainKeeperClientOptions Client { get; init; }

    /// <summary>The node.</summary>
    public required string Path { get; init; }

    /// <summary>Whether the program starts without it when no server can be reached in time or there is no such node; it is read as soon as it can be. Default false: the start fails.</summary>
    public bool Optional { get; init; }

    /// <summary>Most nodes read; more fail the start, or are not taken. 1 to 1,000,000; default 10,000.</summary>
    public int MaxNodes { get; init; } = 10_000;

    /// <summary>How long changes are gathered before all is read again. Default 200 ms.</summary>
    public TimeSpan ReloadDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxNodes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxNodes, 1_000_000);
        return new GrainKeeperConfigurationProvider(this, GrainKeeperClient.Start);
    }
}

using System.Collections.Immutable;
using GrainKeeper.Simulation.Clients;

namespace GrainKeeper.Simulation.Model;

/// <summary>A node as it should be after some transaction. Immutable, so that the past can be asked.</summary>
public sealed record ModelNode
{
    /// <summary>The value that its data stands for; −1 for none.</summary>
    public long Value { get; init; } = -1;

    /// <summary>Length of its data.</summary>
    public int DataLength { get; init; }

    /// <summary>Which transaction created it.</summary>
    public long Czxid { get; init; }

    /// <summary>Which transaction set its data last.</summary>
    public long Mzxid { get; init; }

    /// <summary>Which transaction created or deleted a child last.</summary>
    public long Pzxid { get; init; }

    /// <summary>When it was created, by the leader's clock.</summary>
    public long Ctime { get; init; }

    /// <summary>When its data was set last, by the leader's clock.</summary>
    public long Mtime { get; init; }

    /// <summary>The data's version.</summary>
    public int Version { get; init; }

    /// <summary>Children ever created: the next sequence number.</summary>
    public int Creates { get; init; }

    /// <summary>The owning session of an ephemeral node, else 0.</summary>
    public long Owner { get; init; }

    /// <summary>Names of its children.</summary>
    public ImmutableSortedSet<string> Children { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>What clients should see.</summary>
    public NodeStat Stat => new(
        Czxid,
        Mzxid,
        Ctime,
        Mtime,
        Version,
        (2 * Creates) - Children.Count,
        0,
        Owner,
        DataLength,
        Children.Count,
        Pzxid);
}

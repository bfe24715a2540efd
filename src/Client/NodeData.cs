using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client;

/// <summary>A node's data.</summary>
/// <param name="Data">The bytes; empty when the node has none.</param>
/// <param name="Stat">The node's stat at that moment.</param>
public sealed record NodeData(ReadOnlyMemory<byte> Data, Stat Stat)
{
    /// <summary>Where it was read.</summary>
    public ReadSource Source { get; init; }
}

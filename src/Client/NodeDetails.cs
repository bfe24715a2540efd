using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Client;

/// <summary>All of a node, as it was at one moment.</summary>
/// <param name="Data">The bytes; empty when the node has none.</param>
/// <param name="Acl">Who may do what. Hashes of digests are masked for who may not change it.</param>
/// <param name="Kind">How long it lives.</param>
/// <param name="TimeToLive">Of a TTL node: how long after its last change it lives without children; else null.</param>
/// <param name="Stat">Its stat.</param>
public sealed record NodeDetails(ReadOnlyMemory<byte> Data, AclList Acl, NodeKind Kind, TimeSpan? TimeToLive, Stat Stat)
{
    /// <summary>Where it was read.</summary>
    public ReadSource Source { get; init; }
}

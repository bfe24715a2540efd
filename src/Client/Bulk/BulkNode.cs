using GrainKeeper.Core.Tree;

namespace GrainKeeper.Client.Bulk;

/// <summary>A node to load.</summary>
/// <param name="Path">Its path. Its parent is there already, or was given before it.</param>
/// <param name="Data">Its data.</param>
/// <param name="Acl">Its ACL; null for one that allows everybody everything.</param>
/// <param name="Kind">How long it lives; not <see cref="NodeKind.Ephemeral"/>.</param>
/// <param name="TimeToLive">Only for TTL nodes: how long after its last change it lives without children.</param>
public sealed record BulkNode(
    string Path, ReadOnlyMemory<byte> Data = default, AclList? Acl = null, NodeKind Kind = NodeKind.Persistent, TimeSpan? TimeToLive = null);

using GrainKeeper.Core.Tree;

namespace GrainKeeper.Client.Bulk;

/// <summary>A persistent node to load.</summary>
/// <param name="Path">Its path. Its parent is there already, or was given before it.</param>
/// <param name="Data">Its data.</param>
/// <param name="Acl">Its ACL; null for one that allows everybody everything.</param>
public sealed record BulkNode(string Path, ReadOnlyMemory<byte> Data = default, AclList? Acl = null);

using GrainKeeper.Core.Tree;

namespace GrainKeeper.Grains.Import;

/// <summary>A node as ZooKeeper keeps it.</summary>
internal sealed class ImportedNode
{
    public byte[]? Data { get; set; }

    public AclList Acl { get; set; } = AclList.Open;

    public NodeOwner Owner { get; init; }

    public NodeNumbers Numbers { get; set; }
}

using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Requests;

/// <summary>What request preparation must know of a node: as it will be when all proposals made so far are applied.</summary>
internal struct NodeView
{
    /// <summary>The proposal that last changed it; <see cref="Zxid.Zero"/> when the tree itself has it so.</summary>
    public Zxid Zxid;

    public bool Exists;
    public NodeKind Kind;
    public int Version;
    public int AVersion;
    public int CVersion;
    public int Children;

    /// <summary>The owner of an ephemeral node, milliseconds to live of a TTL node.</summary>
    public long Lifetime;

    public long Mtime;
    public int DataLength;
    public AclList Acl;

    public static NodeView Of(NodeRef node)
    {
        var stat = node.Stat;
        return new NodeView
        {
            Exists = true,
            Kind = node.Kind,
            Version = stat.Version,
            AVersion = stat.AVersion,
            CVersion = node.InternalCVersion,
            Children = stat.NumChildren,
            Lifetime = node.Kind == NodeKind.Ephemeral ? stat.EphemeralOwner : node.Ttl,
            Mtime = stat.Mtime,
            DataLength = stat.DataLength,
            Acl = node.Acl,
        };
    }
}

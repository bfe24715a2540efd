using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// A node of a <see cref="DataTree"/>. Valid until the tree changes next; spans from it too (data excepted: a node's data array is never
/// changed in place, so it may be kept and sent later).
/// </summary>
public readonly struct NodeRef
{
    private readonly DataTree _tree;
    private readonly int _index;

    internal NodeRef(DataTree tree, int index)
    {
        _tree = tree;
        _index = index;
    }

    /// <summary>The full path in UTF-8.</summary>
    public ReadOnlySpan<byte> Path => throw new NotImplementedException();

    /// <summary>The last segment of the path in UTF-8; empty for the root.</summary>
    public ReadOnlySpan<byte> Name => throw new NotImplementedException();

    /// <summary>The stat as clients see it.</summary>
    public Stat Stat => throw new NotImplementedException();

    /// <summary>How many children were ever created: the next sequence number. Clients see <c>2 × this − children</c>.</summary>
    public int InternalCVersion => throw new NotImplementedException();

    /// <summary>Number of children.</summary>
    public int NumChildren => throw new NotImplementedException();

    /// <summary>The data; empty when null.</summary>
    public ReadOnlyMemory<byte> Data => throw new NotImplementedException();

    /// <summary>Whether the data is null rather than empty.</summary>
    public bool DataIsNull => throw new NotImplementedException();

    /// <summary>The ACL.</summary>
    public AclList Acl => throw new NotImplementedException();

    /// <summary>How long it lives.</summary>
    public NodeKind Kind => throw new NotImplementedException();

    /// <summary>The owning session of an ephemeral node, else 0.</summary>
    public long EphemeralOwner => throw new NotImplementedException();

    /// <summary>Milliseconds to live of a TTL node, else 0.</summary>
    public long Ttl => throw new NotImplementedException();

    /// <summary>Whether it is the root.</summary>
    public bool IsRoot => _index == 0 && _tree is not null;

    /// <summary>The parent.</summary>
    /// <exception cref="InvariantViolationException">It is the root.</exception>
    public NodeRef Parent => throw new NotImplementedException();

    /// <summary>The children, in no particular order.</summary>
    public NodeList Children => throw new NotImplementedException();
}

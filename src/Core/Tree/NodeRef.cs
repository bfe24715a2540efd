using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// A node of a <see cref="DataTree"/>. Valid until the tree changes next, and so are spans from it.
/// </summary>
public readonly struct NodeRef
{
    private readonly NodeStore _store;
    private readonly int _index;

    internal NodeRef(NodeStore store, int index)
    {
        _store = store;
        _index = index;
    }

    /// <summary>The full path in UTF-8.</summary>
    public ReadOnlySpan<byte> Path => _store.PathOf(_index);

    /// <summary>The last segment of the path in UTF-8; empty for the root.</summary>
    public ReadOnlySpan<byte> Name => _store.NameOf(_index);

    /// <summary>The stat as clients see it.</summary>
    public Stat Stat
    {
        get
        {
            ref var node = ref _store[_index];
            return new Stat(
                node.Czxid,
                node.Mzxid,
                node.Ctime,
                node.Mtime,
                node.Version,
                unchecked((node.CVersion * 2) - node.NumChildren),
                node.AVersion,
                EphemeralOwner,
                node.DataLength,
                node.NumChildren,
                node.Pzxid);
        }
    }

    /// <summary>The transaction that last changed its data.</summary>
    public Zxid Mzxid => new(_store[_index].Mzxid);

    /// <summary>The transaction that last created or deleted a child.</summary>
    public Zxid Pzxid => new(_store[_index].Pzxid);

    /// <summary>How many children were ever created: the next sequence number. Clients see <c>2 × this − children</c>.</summary>
    public int InternalCVersion => _store[_index].CVersion;

    /// <summary>Number of children.</summary>
    public int NumChildren => _store[_index].NumChildren;

    /// <summary>The data; empty when null.</summary>
    public ReadOnlySpan<byte> Data => _store.DataOf(_index);

    /// <summary>Whether the data is null rather than empty.</summary>
    public bool DataIsNull => _store[_index].NullableLength < 0;

    /// <summary>The ACL.</summary>
    public AclList Acl => _store.AclOf(_index);

    /// <summary>How long it lives.</summary>
    public NodeKind Kind => _store.KindOf(_index);

    /// <summary>The owning session of an ephemeral node, else 0.</summary>
    public long EphemeralOwner => Kind == NodeKind.Ephemeral ? _store.LifetimeOf(_index) : 0;

    /// <summary>Milliseconds to live of a TTL node, else 0.</summary>
    public long Ttl => Kind == NodeKind.Ttl ? _store.LifetimeOf(_index) : 0;

    /// <summary>Whether it is the root.</summary>
    public bool IsRoot => _index == 0;

    /// <summary>The parent.</summary>
    /// <exception cref="InvariantViolationException">It is the root.</exception>
    public NodeRef Parent
    {
        get
        {
            Invariant.That(!IsRoot, "the root has no parent");
            return new NodeRef(_store, _store[_index].Parent);
        }
    }

    /// <summary>The children, in no particular order.</summary>
    public NodeList Children => NodeList.Children(_store, _index);
}

using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// The tree of nodes. Changed only by committed transactions, in zxid order; read between them. New trees hold <c>/</c>, <c>/zookeeper</c>,
/// <c>/zookeeper/quota</c>, <c>/zookeeper/config</c> and <c>/zookeeper/trees</c>.
/// </summary>
public sealed class DataTree
{
    /// <summary>Entries that one call of <see cref="FindCollectable"/> looks at, so that it never holds up requests for long.</summary>
    private const int CollectorStep = 250_000;

    private readonly NodeStore _store;
    private readonly TxnApplier _applier;
    private int _collectorNext = 1;

    /// <summary>Makes a new tree.</summary>
    public DataTree()
        : this(new NodeStore(), default, default)
    {
        AddInitial("/zookeeper"u8, AclList.Open);
        AddInitial("/zookeeper/quota"u8, AclList.Open);
        AddInitial("/zookeeper/config"u8, AclList.ReadOnly);
        AddInitial("/zookeeper/trees"u8, AclList.ReadOnly);

        // ZooKeeper gives the config node its ACL by a change that leaves the version of the ACL before the first.
        _store[_store.Find("/zookeeper/config"u8)].AVersion = -1;
    }

    internal DataTree(NodeStore store, Zxid lastApplied, Zxid fuzzyUntil)
    {
        _store = store;
        Quotas = new QuotaBook(store);
        _applier = new TxnApplier(store, Quotas);
        LastApplied = lastApplied;
        FuzzyUntil = fuzzyUntil;
        if (IsExact)
        {
            Quotas.Recompute();
        }
    }

    /// <summary>The last transaction applied.</summary>
    public Zxid LastApplied { get; private set; }

    /// <summary>
    /// After a restore from a fuzzy copy: the last transaction of which parts may be in it. Up to there transactions are applied idempotently;
    /// beyond it strictly.
    /// </summary>
    public Zxid FuzzyUntil { get; }

    /// <summary>Whether the state is exactly the one after <see cref="LastApplied"/>. A tree that is not must not be served.</summary>
    public bool IsExact => LastApplied >= FuzzyUntil;

    /// <summary>Number of nodes, the root included.</summary>
    public int Count => _store.Count;

    /// <summary>Bytes of all paths and data (ZooKeeper's approximate_data_size).</summary>
    public long DataBytes => _store.DataBytes;

    /// <summary>Bytes of the arrays that hold nodes and paths, free places included, data excluded.</summary>
    internal long ReservedBytes => _store.ReservedBytes;

    /// <summary>The root.</summary>
    public NodeRef Root => new(_store, 0);

    /// <summary>Number of different ACLs.</summary>
    public int AclCount => _store.Acls.Count;

    /// <summary>Number of ephemeral nodes of all sessions.</summary>
    public int EphemeralCount => _store.Specials.CountOf(NodeKind.Ephemeral);

    /// <summary>The sessions that own nodes, in ascending order (allocates).</summary>
    public IReadOnlyList<long> SessionsWithEphemerals => [.. _store.Specials.Sessions.Order()];

    /// <summary>All containers.</summary>
    public NodeList Containers => NodeList.OfKind(_store, NodeKind.Container);

    /// <summary>All TTL nodes.</summary>
    public NodeList TtlNodes => NodeList.OfKind(_store, NodeKind.Ttl);

    /// <summary>The subtrees with a quota.</summary>
    internal QuotaBook Quotas { get; }

    internal NodeStore Store => _store;

    /// <summary>Finds a node. Does not allocate.</summary>
    /// <param name="path">Its full path in UTF-8.</param>
    /// <param name="node">The node.</param>
    public bool TryFind(ReadOnlySpan<byte> path, out NodeRef node)
    {
        var index = _store.Find(path);
        node = new NodeRef(_store, index);
        return index >= 0;
    }

    /// <summary>The nodes that a session owns.</summary>
    public NodeList EphemeralsOf(long session) => NodeList.OfSession(_store, session);

    /// <summary>Number of all nodes below a node (getAllChildrenNumber). Walks over them.</summary>
    public int CountDescendants(NodeRef node) => _store.CountDescendants(_store.Find(node.Path));

    /// <summary>
    /// Applies a committed transaction: strictly when the state is exact (an impossible one is an invariant violation), idempotently while
    /// <paramref name="zxid"/> is at most <see cref="FuzzyUntil"/>.
    /// </summary>
    /// <param name="zxid">Its zxid; greater than <see cref="LastApplied"/>.</param>
    /// <param name="payload">As <see cref="TxnWriter"/> wrote it. Nothing of it is kept.</param>
    /// <param name="listener">Hears what changes, or null. While the state is not exact it hears only what really changed.</param>
    /// <exception cref="FormatException">The payload is damaged. The tree is unchanged.</exception>
    /// <exception cref="InvariantViolationException">The transaction is impossible in this state.</exception>
    public void Apply(Zxid zxid, ReadOnlySpan<byte> payload, ITreeChangeListener? listener = null)
    {
        Invariant.That(zxid > LastApplied, $"transaction {zxid} comes after {LastApplied} was applied");
        if (zxid > FuzzyUntil && !IsExact)
        {
            // The copy was ahead of nothing that came: it has become exact by itself.
            Quotas.Recompute();
        }

        _applier.Apply(zxid, payload, zxid > FuzzyUntil, listener);
        LastApplied = zxid;
        if (zxid == FuzzyUntil)
        {
            Quotas.Recompute();
        }
    }

    /// <summary>
    /// Collects the paths of childless containers that once had a child, and of childless TTL nodes unchanged for longer than their time
    /// to live (ContainerManager's rules). The search goes on where the last one ended.
    /// </summary>
    /// <param name="wall">The wall clock, milliseconds since the Unix epoch.</param>
    /// <param name="max">Most paths to give.</param>
    /// <param name="paths">Takes the paths.</param>
    /// <returns>Whether nodes are left that were not looked at: call again soon.</returns>
    public bool FindCollectable(long wall, int max, List<byte[]> paths)
    {
        var specials = _store.Specials;
        if (specials.CountOf(NodeKind.Container) + specials.CountOf(NodeKind.Ttl) == 0)
        {
            return false;
        }

        var found = 0;
        for (var looked = 0; looked < CollectorStep && found < max; looked++)
        {
            if (_collectorNext >= specials.HighWater)
            {
                _collectorNext = 1;
                return false;
            }

            ref readonly var entry = ref specials[_collectorNext++];
            if (entry.Node >= 0 && IsCollectable(entry, wall))
            {
                found++;
                paths.Add(_store.PathOf(entry.Node).ToArray());
            }
        }

        return true;
    }

    /// <summary>Begins a fuzzy copy.</summary>
    public TreeStateReader OpenState() => new(this);

    private bool IsCollectable(in SpecialNodes.Entry entry, long wall)
    {
        ref var node = ref _store[entry.Node];
        return node.NumChildren == 0 && entry.Kind switch
        {
            NodeKind.Container => node.CVersion > 0,
            NodeKind.Ttl => wall - node.Mtime > entry.Value,
            _ => false,
        };
    }

    private void AddInitial(ReadOnlySpan<byte> path, AclList acl)
    {
        var parent = _store.Find(NodeStore.ParentPath(path));
        var index = _store.Add(path);
        _store.SetValues(index, [], false, _store.Acls.Intern(acl.Encoded), NodeKind.Persistent, 0);
        _store.Link(parent, index);
    }
}

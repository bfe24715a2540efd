using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// The tree of nodes. Changed only by committed transactions, in zxid order; read between them. New trees hold <c>/</c>, <c>/zookeeper</c>,
/// <c>/zookeeper/quota</c>, <c>/zookeeper/config</c> and <c>/zookeeper/trees</c>.
/// </summary>
public sealed class DataTree
{
    /// <summary>The last transaction applied.</summary>
    public Zxid LastApplied { get; private set; }

    /// <summary>
    /// After a restore from a fuzzy copy: the last transaction of which parts may be in it. Up to there transactions are applied idempotently;
    /// beyond it strictly.
    /// </summary>
    public Zxid FuzzyUntil { get; private set; }

    /// <summary>Whether the state is exactly the one after <see cref="LastApplied"/>. A tree that is not must not be served.</summary>
    public bool IsExact => LastApplied >= FuzzyUntil;

    /// <summary>Number of nodes, the root included.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>Bytes of all paths and data (ZooKeeper's approximate_data_size).</summary>
    public long DataBytes => throw new NotImplementedException();

    /// <summary>The root.</summary>
    public NodeRef Root => new(this, 0);

    /// <summary>Number of ephemeral nodes of all sessions.</summary>
    public int EphemeralCount => throw new NotImplementedException();

    /// <summary>The sessions that own nodes, in ascending order (allocates).</summary>
    public IReadOnlyList<long> SessionsWithEphemerals => throw new NotImplementedException();

    /// <summary>All containers.</summary>
    public NodeList Containers => throw new NotImplementedException();

    /// <summary>All TTL nodes.</summary>
    public NodeList TtlNodes => throw new NotImplementedException();

    /// <summary>Finds a node. Does not allocate.</summary>
    /// <param name="path">Its full path in UTF-8.</param>
    /// <param name="node">The node.</param>
    public bool TryFind(ReadOnlySpan<byte> path, out NodeRef node) => throw new NotImplementedException();

    /// <summary>The nodes that a session owns.</summary>
    public NodeList EphemeralsOf(long session) => throw new NotImplementedException();

    /// <summary>Number of all nodes below a node (getAllChildrenNumber). Walks over them.</summary>
    public int CountDescendants(NodeRef node) => throw new NotImplementedException();

    /// <summary>
    /// Applies a committed transaction: strictly when the state is exact (an impossible one is an invariant violation), idempotently while
    /// <paramref name="zxid"/> is at most <see cref="FuzzyUntil"/>.
    /// </summary>
    /// <param name="zxid">Its zxid; greater than <see cref="LastApplied"/>.</param>
    /// <param name="payload">As <see cref="TxnWriter"/> wrote it. Nothing of it is kept.</param>
    /// <param name="listener">Hears what changes, or null.</param>
    /// <exception cref="FormatException">The payload is damaged. The tree is unchanged.</exception>
    /// <exception cref="InvariantViolationException">The transaction is impossible in this state.</exception>
    public void Apply(Zxid zxid, ReadOnlySpan<byte> payload, ITreeChangeListener? listener = null) => throw new NotImplementedException();

    /// <summary>
    /// Collects the paths of childless containers that once had a child, and of childless TTL nodes unchanged for longer than their time
    /// to live (ContainerManager's rules). The search goes on where the last one ended.
    /// </summary>
    /// <param name="wall">The wall clock, milliseconds since the Unix epoch.</param>
    /// <param name="max">Most paths to give.</param>
    /// <param name="paths">Takes the paths.</param>
    public void FindCollectable(long wall, int max, List<byte[]> paths) => throw new NotImplementedException();

    /// <summary>Begins a fuzzy copy.</summary>
    public TreeStateReader OpenState() => new(this);
}

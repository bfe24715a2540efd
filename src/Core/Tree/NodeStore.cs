namespace GrainKeeper.Core.Tree;

/// <summary>
/// The nodes of a tree: structs in chunked arrays, found by a hash of their full path, linked to parent, first child and siblings by number.
/// Node 0 is the root. It knows nothing of transactions.
/// </summary>
internal sealed class NodeStore
{
    public const int None = -1;

    private readonly PathTable _paths = new();
    private readonly ChunkedArray<TreeNode> _nodes = new(4 * 1024);
    private readonly ValueArena _values = new();
    private readonly AclTable _acls = new();
    private readonly SpecialNodes _specials = new();
    private ChildOrders? _orders;
    private long _dataBytes;

    /// <summary>Makes a store that holds a root with an open ACL.</summary>
    public NodeStore()
    {
        var root = Add("/"u8);
        SetValues(root, [], false, _acls.Intern(AclList.Open.Encoded), NodeKind.Persistent, 0);
    }

    public int Count => _paths.Count;

    public int HighWater => _paths.HighWater;

    public long DataBytes => _dataBytes + _paths.Bytes;

    /// <summary>Bytes of all arrays that belong to nodes, used or not.</summary>
    public long ReservedBytes => _paths.ReservedBytes + _nodes.Bytes + _specials.ReservedBytes + _values.ReservedBytes;

    public AclTable Acls => _acls;

    public SpecialNodes Specials => _specials;

    public ref TreeNode this[int index] => ref _nodes[index];

    /// <summary>The children in order of those nodes for which it is asked.</summary>
    public ChildOrders Orders => _orders ??= new ChildOrders(this);

    public static ReadOnlySpan<byte> ParentPath(ReadOnlySpan<byte> path)
    {
        var slash = path.LastIndexOf((byte)'/');
        return slash <= 0 ? "/"u8 : path[..slash];
    }

    /// <summary>Makes room for so many nodes.</summary>
    public void Reserve(long nodes) => _paths.Reserve(nodes);

    public bool IsLive(int index) => _paths.IsLive(index);

    public int Find(ReadOnlySpan<byte> path) => _paths.Find(path);

    public ReadOnlySpan<byte> PathOf(int index) => _paths.PathOf(index);

    public ReadOnlySpan<byte> NameOf(int index)
    {
        var parent = _nodes[index].Parent;
        return _paths.PathOf(index)[(parent <= 0 ? 1 : _paths.LengthOf(parent) + 1)..];
    }

    public AclList AclOf(int index) => _acls[_nodes[index].Acl];

    /// <summary>Adds a node of the path, which must not be there, linked to nothing and without values.</summary>
    public int Add(ReadOnlySpan<byte> path)
    {
        var index = FindOrAdd(path, out var added);
        Invariant.That(added, $"node {index} is there already");
        return index;
    }

    /// <summary>The node of the path; a new one, linked to nothing and without values, when there is none.</summary>
    public int FindOrAdd(ReadOnlySpan<byte> path, out bool added)
    {
        var index = _paths.FindOrAdd(path, out added);
        if (added)
        {
            _nodes.EnsureCapacity(_paths.HighWater);
            _nodes[index] = new TreeNode { NullableLength = -1, Acl = None, Parent = None, FirstChild = None, NextSibling = None, PreviousSibling = None };
        }

        return index;
    }

    /// <summary>A node's data; valid until the next change of any node.</summary>
    public ReadOnlySpan<byte> DataOf(int index)
    {
        ref var node = ref _nodes[index];
        return _values.Get(node.Data, node.DataLength);
    }

    /// <summary>Gives a node data, ACL and kind.</summary>
    public void SetValues(int index, ReadOnlySpan<byte> data, bool dataIsNull, int acl, NodeKind kind, long lifetime)
    {
        SetAcl(index, acl);
        SetData(index, data, dataIsNull);
        SetKind(index, kind, lifetime);
    }

    /// <summary>Gives a node data.</summary>
    /// <param name="index">The node.</param>
    /// <param name="data">Is copied; none of a node of this store.</param>
    /// <param name="isNull">Whether it is null rather than empty.</param>
    public void SetData(int index, ReadOnlySpan<byte> data, bool isNull)
    {
        ref var node = ref _nodes[index];
        var before = node.DataLength;
        _dataBytes += data.Length - before;
        if (before == 0 || data.IsEmpty || !_values.TryReplace(node.Data, before, data))
        {
            if (before > 0 && _values.Remove(node.Data, before) is >= 0 and var moved)
            {
                _nodes[moved].Data = node.Data;
            }

            node.Data = data.IsEmpty ? 0 : _values.Add(data, index);
        }

        node.NullableLength = isNull ? -1 : data.Length;
    }

    /// <summary>Gives a node an ACL by its number in <see cref="Acls"/>.</summary>
    public void SetAcl(int index, int acl)
    {
        ref var node = ref _nodes[index];
        _acls.Acquire(acl);
        if (node.Acl != None)
        {
            _acls.Release(node.Acl);
        }

        node.Acl = acl;
    }

    public void SetKind(int index, NodeKind kind, long lifetime)
    {
        ref var node = ref _nodes[index];
        if (node.Special != 0)
        {
            _specials.Remove(node.Special);
        }

        node.Special = kind == NodeKind.Persistent ? 0 : _specials.Add(index, kind, lifetime);
    }

    public NodeKind KindOf(int index)
    {
        var special = _nodes[index].Special;
        return special == 0 ? NodeKind.Persistent : _specials[special].Kind;
    }

    public long LifetimeOf(int index)
    {
        var special = _nodes[index].Special;
        return special == 0 ? 0 : _specials[special].Value;
    }

    public void Link(int parent, int child)
    {
        ref var parentNode = ref _nodes[parent];
        ref var node = ref _nodes[child];
        node.Parent = parent;
        node.NextSibling = parentNode.FirstChild;
        if (parentNode.FirstChild != None)
        {
            _nodes[parentNode.FirstChild].PreviousSibling = child;
        }

        parentNode.FirstChild = child;
        parentNode.NumChildren++;
        _orders?.Added(parent, child);
    }

    /// <summary>Removes a node that has no children.</summary>
    public void Remove(int index)
    {
        ref var node = ref _nodes[index];
        Invariant.That(node.FirstChild == None, $"a node with {node.NumChildren} children is removed");
        _orders?.Forget(index);
        if (node.Parent != None)
        {
            _orders?.Removed(node.Parent, index);
            Unlink(ref node);
        }

        SetData(index, default, isNull: true);
        SetKind(index, NodeKind.Persistent, 0);
        _acls.Release(node.Acl);
        _paths.Remove(index);
        node = default;
    }

    /// <summary>Removes a node and all below it.</summary>
    public void RemoveSubtree(int index)
    {
        var at = index;
        while (true)
        {
            var child = _nodes[at].FirstChild;
            if (child != None)
            {
                at = child;
                continue;
            }

            var parent = _nodes[at].Parent;
            Remove(at);
            if (at == index)
            {
                return;
            }

            at = parent;
        }
    }

    public int CountDescendants(int index)
    {
        if (index == 0)
        {
            return Count - 1;
        }

        var count = 0;
        var at = index;
        while (true)
        {
            if (_nodes[at].FirstChild != None)
            {
                at = _nodes[at].FirstChild;
                count++;
                continue;
            }

            while (at != index && _nodes[at].NextSibling == None)
            {
                at = _nodes[at].Parent;
            }

            if (at == index)
            {
                return count;
            }

            at = _nodes[at].NextSibling;
            count++;
        }
    }

    private void Unlink(ref TreeNode node)
    {
        ref var parent = ref _nodes[node.Parent];
        if (node.PreviousSibling != None)
        {
            _nodes[node.PreviousSibling].NextSibling = node.NextSibling;
        }
        else
        {
            parent.FirstChild = node.NextSibling;
        }

        if (node.NextSibling != None)
        {
            _nodes[node.NextSibling].PreviousSibling = node.PreviousSibling;
        }

        parent.NumChildren--;
    }
}

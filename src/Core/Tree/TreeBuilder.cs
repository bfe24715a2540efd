using System.Text;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tree;

/// <summary>Builds a tree of nodes that come with all their values, for example from another service's files. Parents come before their children.</summary>
public sealed class TreeBuilder
{
    private readonly NodeStore _store = new();
    private bool _completed;

    /// <summary>Adds a node; <c>/</c> sets the values of the root, which is there from the start.</summary>
    /// <param name="path">Its full path in UTF-8.</param>
    /// <param name="data">Its data, or null. Belongs to the tree from now on.</param>
    /// <param name="acl">Its ACL.</param>
    /// <param name="kind">How long it lives; not <see cref="NodeKind.Ephemeral"/>, because a built tree has no sessions.</param>
    /// <param name="timeToLive">Milliseconds, of a TTL node; else 0.</param>
    /// <param name="numbers">Its zxids, times and versions.</param>
    /// <exception cref="ArgumentException">The path is no path, is there already, or its parent is missing; or the node is ephemeral.</exception>
    public void Add(ReadOnlySpan<byte> path, byte[]? data, AclList acl, NodeKind kind, long timeToLive, in NodeNumbers numbers)
    {
        Require(kind != NodeKind.Ephemeral, path, "is ephemeral");
        Require(!path.IsEmpty && path[0] == (byte)'/' && (path.Length == 1 || path[^1] != (byte)'/'), path, "is no path");
        var index = 0;
        if (path.Length > 1)
        {
            var parent = _store.Find(NodeStore.ParentPath(path));
            Require(parent >= 0, path, "has no parent");
            index = _store.FindOrAdd(path, out var added);
            Require(added, path, "is there twice");
            _store.Link(parent, index);
        }

        _store.SetValues(index, data, data is null, _store.Acls.Intern(acl.Encoded), kind, timeToLive);
        ref var node = ref _store[index];
        (node.Czxid, node.Mzxid, node.Pzxid) = (numbers.Czxid, numbers.Mzxid, numbers.Pzxid);
        (node.Ctime, node.Mtime) = (numbers.Ctime, numbers.Mtime);
        (node.Version, node.CVersion, node.AVersion) = (numbers.Version, numbers.CVersion, numbers.AVersion);
    }

    /// <summary>Adds <c>/zookeeper/config</c> and <c>/zookeeper/trees</c> as a new tree has them; <c>/zookeeper</c> must be there.</summary>
    public void AddOwnNodes()
    {
        // ZooKeeper gives the config node its ACL by a change that leaves the version of the ACL before the first.
        Add("/zookeeper/config"u8, [], AclList.ReadOnly, NodeKind.Persistent, 0, new NodeNumbers { AVersion = -1 });
        Add("/zookeeper/trees"u8, [], AclList.ReadOnly, NodeKind.Persistent, 0, default);
    }

    /// <summary>The tree. The builder is of no further use.</summary>
    /// <param name="zxid">The last transaction in it.</param>
    public DataTree Complete(Zxid zxid)
    {
        Invariant.That(!_completed, "a tree is completed twice");
        _completed = true;
        _store.Acls.ReleaseUnused();
        return new DataTree(_store, zxid, default);
    }

    private static void Require(bool condition, ReadOnlySpan<byte> path, string what)
    {
        if (!condition)
        {
            throw new ArgumentException($"node {Encoding.UTF8.GetString(path)} {what}", nameof(path));
        }
    }
}

using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Watches;

/// <summary>
/// The watches of one server's connections. A watcher is a connection's number; it has at most one watch of each kind on a path.
/// Hears the changes of a tree and tells the sink which watchers get which events: each at most one event per change and path, and a
/// one-shot watch that was hit is gone.
/// </summary>
public sealed class WatchManager : ITreeChangeListener
{
    private const WatchKind OnNode = WatchKind.Data | WatchKind.Persistent | WatchKind.PersistentRecursive;
    private const WatchKind OnChildren = WatchKind.Child | WatchKind.Persistent;
    private readonly WatchTable _table = new();
    private readonly IWatchSink _sink;
    private EventOrdinals _ordinals;
    private long _mark;

    /// <summary>Makes an empty manager.</summary>
    /// <param name="sink">Takes the events.</param>
    /// <param name="maxPerWatcher">Most watched paths of one watcher.</param>
    public WatchManager(IWatchSink sink, int maxPerWatcher = 1_000_000)
    {
        _sink = sink;
        MaxPerWatcher = maxPerWatcher;
    }

    /// <summary>Most watched paths of one watcher.</summary>
    public int MaxPerWatcher { get; }

    /// <summary>Number of (watcher, path) pairs.</summary>
    public int Count => _table.Count;

    /// <summary>Number of watched paths.</summary>
    public int PathCount => _table.PathCount;

    /// <summary>Number of watchers.</summary>
    public int WatcherCount => _table.WatcherCount;

    /// <summary>Number of watched paths of one watcher.</summary>
    public int CountOf(long watcher) => _table.CountOf(watcher);

    /// <summary>Adds a watch.</summary>
    /// <param name="watcher">Who watches.</param>
    /// <param name="path">What, in UTF-8; need not exist.</param>
    /// <param name="kind">One kind.</param>
    public WatchAddResult Add(long watcher, ReadOnlySpan<byte> path, WatchKind kind)
    {
        var entry = _table.Find(watcher, path);
        if (entry == 0)
        {
            if (_table.CountOf(watcher) >= MaxPerWatcher)
            {
                return WatchAddResult.LimitReached;
            }

            entry = _table.Add(watcher, path);
        }

        var kinds = _table[entry].Kinds;
        if ((kinds & kind) == kind)
        {
            return WatchAddResult.AlreadyThere;
        }

        _table.SetKinds(entry, kinds | kind);
        return WatchAddResult.Added;
    }

    /// <summary>Whether the watcher has such a watch on the path.</summary>
    public bool Contains(long watcher, ReadOnlySpan<byte> path, WatcherType type)
    {
        var entry = _table.Find(watcher, path);
        return entry != 0 && (_table[entry].Kinds & KindsOf(type)) != 0;
    }

    /// <summary>Removes such watches of the watcher on the path.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Remove(long watcher, ReadOnlySpan<byte> path, WatcherType type)
    {
        var entry = _table.Find(watcher, path);
        if (entry == 0 || (_table[entry].Kinds & KindsOf(type)) == 0)
        {
            return false;
        }

        _table.SetKinds(entry, _table[entry].Kinds & ~KindsOf(type));
        return true;
    }

    /// <summary>Removes all watches of a watcher: its connection is gone.</summary>
    public void RemoveWatcher(long watcher) => _table.RemoveWatcher(watcher);

    /// <summary>Calls back for each watched path of a watcher, for dumps.</summary>
    /// <param name="watcher">The watcher.</param>
    /// <param name="visit">Takes path and kinds; must not change watches.</param>
    public void Visit(long watcher, Action<ReadOnlySpan<byte>, WatchKind> visit)
    {
        for (var entry = _table.FirstOf(watcher); entry != 0; entry = _table[entry].NextOfWatcher)
        {
            visit(_table.PathOf(entry), _table[entry].Kinds);
        }
    }

    /// <summary>
    /// Takes over one watch of a client that reconnects (setWatches): delivers at once what it missed since
    /// <paramref name="relativeZxid"/>, else registers the watch. Persistent ones are only registered, as in ZooKeeper.
    /// </summary>
    /// <param name="tree">The tree as it is now.</param>
    /// <param name="watcher">Who watches.</param>
    /// <param name="relativeZxid">The last zxid that the client has seen.</param>
    /// <param name="path">What, in UTF-8.</param>
    /// <param name="kind">What for.</param>
    public WatchAddResult Resume(DataTree tree, long watcher, Zxid relativeZxid, ReadOnlySpan<byte> path, ResumedWatch kind)
    {
        var exists = tree.TryFind(path, out var node);
        var missed = kind switch
        {
            ResumedWatch.Data when !exists => WatchEventType.NodeDeleted,
            ResumedWatch.Data when node.Mzxid > relativeZxid => WatchEventType.NodeDataChanged,
            ResumedWatch.Exist when exists => WatchEventType.NodeCreated,
            ResumedWatch.Child when !exists => WatchEventType.NodeDeleted,
            ResumedWatch.Child when node.Pzxid > relativeZxid => WatchEventType.NodeChildrenChanged,
            _ => WatchEventType.None,
        };

        if (missed == WatchEventType.None)
        {
            return Add(watcher, path, kind switch
            {
                ResumedWatch.Data or ResumedWatch.Exist => WatchKind.Data,
                ResumedWatch.Child => WatchKind.Child,
                ResumedWatch.Persistent => WatchKind.Persistent,
                ResumedWatch.PersistentRecursive => WatchKind.PersistentRecursive,
                _ => throw new InvariantViolationException($"unknown kind of watch {(int)kind}"),
            });
        }

        // Told without regard to READ, as in ZooKeeper: exists, which needs no permission, tells as much, and a watch neither set nor answered would be lost.
        _sink.Deliver(watcher, missed, path, EventPosition.After(tree.LastApplied));
        return WatchAddResult.Added;
    }

    /// <inheritdoc/>
    public void NodeCreated(Zxid zxid, OpCode type, NodeRef node, NodeRef parent) => Created(zxid, node.Path, node.Acl, parent.Path, parent.Acl);

    /// <inheritdoc/>
    public void NodeDeleted(Zxid zxid, OpCode type, ReadOnlySpan<byte> path, AclList acl, NodeRef parent) => Deleted(zxid, path, acl, parent.Path, parent.Acl);

    /// <inheritdoc/>
    public void NodeDataChanged(Zxid zxid, OpCode type, NodeRef node) => DataChanged(zxid, node.Path, node.Acl);

    /// <inheritdoc/>
    public void NodeAclChanged(Zxid zxid, NodeRef node)
    {
    }

    /// <inheritdoc/>
    public void Checked(Zxid zxid, ReadOnlySpan<byte> path)
    {
    }

    /// <inheritdoc/>
    public void Failed(Zxid zxid, ErrorCode code)
    {
    }

    /// <summary>A node was created, now or in a transaction that is told of later.</summary>
    internal void Created(Zxid zxid, ReadOnlySpan<byte> path, AclList acl, ReadOnlySpan<byte> parent, AclList parentAcl)
    {
        var at = BeginEvent(zxid);
        Trigger(path, OnNode, WatchKind.Data, WatchEventType.NodeCreated, at, acl);
        TriggerAbove(path, WatchEventType.NodeCreated, at, acl);
        ChildrenChanged(zxid, parent, parentAcl);
    }

    /// <summary>A node was deleted.</summary>
    internal void Deleted(Zxid zxid, ReadOnlySpan<byte> path, AclList acl, ReadOnlySpan<byte> parent, AclList parentAcl)
    {
        // A watcher of both the node and its children hears of the deletion once.
        var at = BeginEvent(zxid);
        Trigger(path, OnNode | OnChildren, WatchKind.Data | WatchKind.Child, WatchEventType.NodeDeleted, at, acl);
        TriggerAbove(path, WatchEventType.NodeDeleted, at, acl);
        ChildrenChanged(zxid, parent, parentAcl);
    }

    /// <summary>A node's data was replaced.</summary>
    internal void DataChanged(Zxid zxid, ReadOnlySpan<byte> path, AclList acl)
    {
        var at = BeginEvent(zxid);
        Trigger(path, OnNode, WatchKind.Data, WatchEventType.NodeDataChanged, at, acl);
        TriggerAbove(path, WatchEventType.NodeDataChanged, at, acl);
    }

    private static WatchKind KindsOf(WatcherType type) => type switch
    {
        WatcherType.Children => WatchKind.Child,
        WatcherType.Data => WatchKind.Data,
        WatcherType.Persistent => WatchKind.Persistent,
        WatcherType.PersistentRecursive => WatchKind.PersistentRecursive,
        WatcherType.Any => WatchKind.Data | WatchKind.Child | WatchKind.Persistent | WatchKind.PersistentRecursive,
        _ => WatchKind.None,
    };

    private EventPosition BeginEvent(Zxid zxid)
    {
        _mark++;
        return _ordinals.Next(zxid);
    }

    private void ChildrenChanged(Zxid zxid, ReadOnlySpan<byte> parent, AclList acl) =>
        Trigger(parent, OnChildren, WatchKind.Child, WatchEventType.NodeChildrenChanged, BeginEvent(zxid), acl);

    /// <summary>Tells the watchers of one path, and takes away the one-shot watches that were hit.</summary>
    private void Trigger(ReadOnlySpan<byte> path, WatchKind hit, WatchKind consumed, WatchEventType type, EventPosition at, AclList acl)
    {
        for (var entry = _table.FirstOf(path); entry != 0;)
        {
            ref readonly var e = ref _table[entry];
            var next = e.NextOfPath;
            if ((e.Kinds & hit) != 0)
            {
                Tell(e.Watcher, type, path, at, acl);
                if ((e.Kinds & consumed) != 0)
                {
                    _table.SetKinds(entry, e.Kinds & ~consumed);
                }
            }

            entry = next;
        }
    }

    /// <summary>Tells those who watch a node above, and all below it.</summary>
    private void TriggerAbove(ReadOnlySpan<byte> path, WatchEventType type, EventPosition at, AclList acl)
    {
        for (var above = path; _table.RecursiveCount > 0 && above.Length > 1;)
        {
            var slash = above.LastIndexOf((byte)'/');
            above = slash == 0 ? "/"u8 : above[..slash];
            for (var entry = _table.FirstOf(above); entry != 0; entry = _table[entry].NextOfPath)
            {
                if ((_table[entry].Kinds & WatchKind.PersistentRecursive) != 0)
                {
                    Tell(_table[entry].Watcher, type, path, at, acl);
                }
            }
        }
    }

    private void Tell(int watcher, WatchEventType type, ReadOnlySpan<byte> path, EventPosition at, AclList acl)
    {
        if (!_table.Mark(watcher, _mark))
        {
            return;
        }

        var id = _table.IdOf(watcher);
        if (_sink.MayRead(id, acl))
        {
            _sink.Deliver(id, type, path, at);
        }
    }
}

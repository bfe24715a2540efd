using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Watches;

/// <summary>
/// The watches of one server's connections. A watcher is a connection's number; it has at most one watch of each kind on a path.
/// Hears the changes of a tree and tells the sink which watchers get which events.
/// </summary>
public sealed class WatchManager : ITreeChangeListener
{
    private readonly IWatchSink _sink;

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
    public int Count => throw new NotImplementedException();

    /// <summary>Number of watched paths.</summary>
    public int PathCount => throw new NotImplementedException();

    /// <summary>Number of watchers.</summary>
    public int WatcherCount => throw new NotImplementedException();

    /// <summary>Adds a watch.</summary>
    /// <param name="watcher">Who watches.</param>
    /// <param name="path">What, in UTF-8; need not exist.</param>
    /// <param name="kind">One kind.</param>
    public WatchAddResult Add(long watcher, ReadOnlySpan<byte> path, WatchKind kind) => throw new NotImplementedException();

    /// <summary>Whether the watcher has such a watch on the path.</summary>
    public bool Contains(long watcher, ReadOnlySpan<byte> path, WatcherType type) => throw new NotImplementedException();

    /// <summary>Removes such watches of the watcher on the path.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Remove(long watcher, ReadOnlySpan<byte> path, WatcherType type) => throw new NotImplementedException();

    /// <summary>Removes all watches of a watcher: its connection is gone.</summary>
    public void RemoveWatcher(long watcher) => throw new NotImplementedException();

    /// <summary>
    /// Takes over one watch of a client that reconnects (setWatches): delivers at once what it missed since
    /// <paramref name="relativeZxid"/>, else registers the watch.
    /// </summary>
    /// <param name="tree">The tree as it is now.</param>
    /// <param name="watcher">Who watches.</param>
    /// <param name="relativeZxid">The last zxid that the client has seen.</param>
    /// <param name="path">What, in UTF-8.</param>
    /// <param name="kind">What for.</param>
    public WatchAddResult Resume(DataTree tree, long watcher, Zxid relativeZxid, ReadOnlySpan<byte> path, ResumedWatch kind) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public void NodeCreated(Zxid zxid, OpCode type, NodeRef node, NodeRef parent) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void NodeDeleted(Zxid zxid, OpCode type, ReadOnlySpan<byte> path, AclList acl, NodeRef parent) => _sink.MayRead(0, acl);

    /// <inheritdoc/>
    public void NodeDataChanged(Zxid zxid, OpCode type, NodeRef node) => throw new NotImplementedException();

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
}

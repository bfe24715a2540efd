using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Watches;

/// <summary>Takes watch events. It must not add or remove watches while it is called.</summary>
public interface IWatchSink
{
    /// <summary>Whether the watcher may read a node of this ACL: asked at trigger time; when not, the event is withheld (a one-shot watch is consumed all the same).</summary>
    /// <param name="watcher">The watcher.</param>
    /// <param name="acl">The ACL of the node that the event's path names (for a deleted one, the ACL it had).</param>
    bool MayRead(long watcher, AclList acl);

    /// <summary>An event for a watcher.</summary>
    /// <param name="watcher">The watcher.</param>
    /// <param name="type">What happened.</param>
    /// <param name="path">To which node. Valid during the call only.</param>
    /// <param name="at">Where among all events; for what setWatches catches up on, after the last transaction applied.</param>
    void Deliver(long watcher, WatchEventType type, ReadOnlySpan<byte> path, EventPosition at);
}

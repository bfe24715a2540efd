namespace GrainKeeper.Core.Watches;

/// <summary>What a watch event reports (Watcher.Event.EventType).</summary>
public enum WatchEventType
{
    /// <summary>
    /// GrainKeeper's own, never on ZooKeeper's wire: events of a persistent watch are missing before this one, for no server's log goes back to the last one seen any more. Read again what the watch covers.
    /// </summary>
    EventsLost = -2,

    /// <summary>Nothing about a node: the connection's state.</summary>
    None = -1,

    /// <summary>The node was created.</summary>
    NodeCreated = 1,

    /// <summary>The node was deleted.</summary>
    NodeDeleted = 2,

    /// <summary>The node's data was replaced.</summary>
    NodeDataChanged = 3,

    /// <summary>A child was created or deleted.</summary>
    NodeChildrenChanged = 4,
}

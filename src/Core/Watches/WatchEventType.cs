namespace GrainKeeper.Core.Watches;

/// <summary>What a watch event reports (Watcher.Event.EventType).</summary>
public enum WatchEventType
{
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

namespace GrainKeeper.Simulation.Clients;

/// <summary>ZooKeeper's event types.</summary>
public enum WatchEventType
{
    /// <summary>No event of a node: the connection's state.</summary>
    None = -1,

    /// <summary>The node came to be.</summary>
    NodeCreated = 1,

    /// <summary>It is gone.</summary>
    NodeDeleted = 2,

    /// <summary>Its data was replaced.</summary>
    NodeDataChanged = 3,

    /// <summary>A child came or went.</summary>
    NodeChildrenChanged = 4,
}

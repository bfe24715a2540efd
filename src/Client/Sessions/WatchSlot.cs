namespace GrainKeeper.Client.Sessions;

/// <summary>The kinds of watches that a client keeps apart, as setWatches lists them.</summary>
internal enum WatchSlot
{
    /// <summary>A node that existed, once.</summary>
    Data,

    /// <summary>A node that did not exist, once.</summary>
    Exist,

    /// <summary>A node's children, once.</summary>
    Child,

    /// <summary>A node and its children, until removed.</summary>
    Persistent,

    /// <summary>A node and everything below it, until removed.</summary>
    Recursive,
}

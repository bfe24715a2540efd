namespace GrainKeeper.Client;

/// <summary>What a persistent watch covers (AddWatchMode).</summary>
public enum WatchMode
{
    /// <summary>The node and the set of its children.</summary>
    Persistent = 0,

    /// <summary>The node and everything below it; instead of events about sets of children, those of the children themselves.</summary>
    PersistentRecursive = 1,
}

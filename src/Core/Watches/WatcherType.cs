namespace GrainKeeper.Core.Watches;

/// <summary>Which watches checkWatches and removeWatches mean (Watcher.WatcherType).</summary>
public enum WatcherType
{
    /// <summary>Children.</summary>
    Children = 1,

    /// <summary>Data and exists.</summary>
    Data = 2,

    /// <summary>All.</summary>
    Any = 3,

    /// <summary>Persistent.</summary>
    Persistent = 4,

    /// <summary>Persistent recursive.</summary>
    PersistentRecursive = 5,
}

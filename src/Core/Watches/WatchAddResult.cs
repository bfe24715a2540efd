namespace GrainKeeper.Core.Watches;

/// <summary>What became of a watch to be added.</summary>
public enum WatchAddResult
{
    /// <summary>It is new.</summary>
    Added,

    /// <summary>The watcher had it already.</summary>
    AlreadyThere,

    /// <summary>The watcher has as many watches as it may have.</summary>
    LimitReached,
}

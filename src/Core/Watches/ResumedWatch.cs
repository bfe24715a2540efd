namespace GrainKeeper.Core.Watches;

/// <summary>The lists of a setWatches request.</summary>
public enum ResumedWatch
{
    /// <summary>The node existed when the watch was set.</summary>
    Data,

    /// <summary>The node did not exist when the watch was set.</summary>
    Exist,

    /// <summary>Children.</summary>
    Child,

    /// <summary>Persistent.</summary>
    Persistent,

    /// <summary>Persistent recursive.</summary>
    PersistentRecursive,
}

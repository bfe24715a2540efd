namespace GrainKeeper.Core.Watches;

/// <summary>What a watch waits for.</summary>
[Flags]
public enum WatchKind : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The node itself, once (set by getData and exists).</summary>
    Data = 1,

    /// <summary>The node's children, once (set by getChildren).</summary>
    Child = 2,

    /// <summary>Node and children, until removed (addWatch mode 0).</summary>
    Persistent = 4,

    /// <summary>The node and everything below it, until removed; no children events (addWatch mode 1).</summary>
    PersistentRecursive = 8,
}

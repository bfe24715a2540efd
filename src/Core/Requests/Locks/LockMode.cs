namespace GrainKeeper.Core.Requests.Locks;

/// <summary>What of a path is locked, or needed.</summary>
[Flags]
internal enum LockMode
{
    None = 0,

    /// <summary>Whether the node is there, and its data and version, stay as they are.</summary>
    NodeShared = 1,

    /// <summary>They change.</summary>
    NodeExclusive = 2,

    /// <summary>The node stays, and children may be added.</summary>
    ChildrenShared = 4,

    /// <summary>Nobody else adds a child: the node comes, goes, or numbers one.</summary>
    ChildrenExclusive = 8,

    /// <summary>The ACL stays.</summary>
    AclShared = 16,

    /// <summary>It changes.</summary>
    AclExclusive = 32,
}

namespace GrainKeeper.Core.Tree;

/// <summary>What an ACL entry allows (ZooDefs.Perms).</summary>
[Flags]
public enum Permissions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read data and list children.</summary>
    Read = 1,

    /// <summary>Replace data.</summary>
    Write = 2,

    /// <summary>Create children.</summary>
    Create = 4,

    /// <summary>Delete children.</summary>
    Delete = 8,

    /// <summary>Replace the ACL.</summary>
    Admin = 16,

    /// <summary>Everything.</summary>
    All = 31,
}

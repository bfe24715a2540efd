namespace GrainKeeper.Core.Replica;

/// <summary>Which lists a <see cref="ReplicaReport"/> shall have. Counts are always in it.</summary>
[Flags]
public enum ReplicaReportParts
{
    /// <summary>Counts only.</summary>
    None = 0,

    /// <summary>Sessions.</summary>
    Sessions = 1,

    /// <summary>Ephemeral nodes by session.</summary>
    Ephemerals = 2,

    /// <summary>Watched paths by session.</summary>
    Watches = 4,

    /// <summary>Transactions of atomic commit that the tree has prepared and not finished.</summary>
    InDoubt = 8,

    /// <summary>The ensemble's trees, of the root tree only.</summary>
    Trees = 16,
}

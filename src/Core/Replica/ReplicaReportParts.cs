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
}

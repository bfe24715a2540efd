namespace GrainKeeper.Core.Tree;

/// <summary>How long a node lives.</summary>
public enum NodeKind
{
    /// <summary>Until it is deleted.</summary>
    Persistent = 0,

    /// <summary>As long as the session that made it.</summary>
    Ephemeral = 1,

    /// <summary>Until its last child is gone and the collector comes by.</summary>
    Container = 2,

    /// <summary>Until it is childless and was not changed for its time to live.</summary>
    Ttl = 3,
}

namespace GrainKeeper.Core.Jute;

/// <summary>The flags of a create request (CreateMode).</summary>
public enum CreateMode
{
    /// <summary>Lives until deleted.</summary>
    Persistent = 0,

    /// <summary>Lives as long as its session.</summary>
    Ephemeral = 1,

    /// <summary>Persistent, with a number appended to its name.</summary>
    PersistentSequential = 2,

    /// <summary>Ephemeral, with a number appended to its name.</summary>
    EphemeralSequential = 3,

    /// <summary>A container.</summary>
    Container = 4,

    /// <summary>With a time to live.</summary>
    PersistentTtl = 5,

    /// <summary>With a time to live and a number appended to its name.</summary>
    PersistentSequentialTtl = 6,
}

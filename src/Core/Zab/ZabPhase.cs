namespace GrainKeeper.Core.Zab;

/// <summary>How far a server has come within its role (ZAB, DSN 2011, section IV).</summary>
public enum ZabPhase
{
    /// <summary>No leader yet.</summary>
    Election,

    /// <summary>Phase 1: agree on the new epoch.</summary>
    Discovery,

    /// <summary>Phase 2: bring histories together.</summary>
    Synchronization,

    /// <summary>Phase 3: serve.</summary>
    Broadcast,
}

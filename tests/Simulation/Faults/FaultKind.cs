namespace GrainKeeper.Simulation.Faults;

/// <summary>What can go wrong.</summary>
public enum FaultKind
{
    /// <summary>A server's process dies and starts again later.</summary>
    Crash,

    /// <summary>The leader's does.</summary>
    CrashLeader,

    /// <summary>A server dies between two effects of one step.</summary>
    CrashMidStep,

    /// <summary>All servers die.</summary>
    CrashAll,

    /// <summary>Enough servers die that no quorum is left.</summary>
    CrashMajority,

    /// <summary>A server stalls and then goes on as if nothing had happened.</summary>
    Pause,

    /// <summary>The leader does.</summary>
    PauseLeader,

    /// <summary>The servers fall into two groups that do not hear each other.</summary>
    Partition,

    /// <summary>The leader hears nobody.</summary>
    IsolateLeader,

    /// <summary>Some links let messages through in one direction only.</summary>
    OneWay,

    /// <summary>Two servers lose sight of each other; both still see the rest.</summary>
    Bridge,

    /// <summary>A connection breaks and comes back at once.</summary>
    BreakLink,

    /// <summary>All links are whole again.</summary>
    Heal,

    /// <summary>A server's wall clock jumps.</summary>
    ClockJump,

    /// <summary>A disk becomes slow, or fast again.</summary>
    SlowDisk,

    /// <summary>A disk is full, or broken, for a while: the server ends at its next flush, and again whenever it starts meanwhile.</summary>
    DiskFails,

    /// <summary>A server takes a snapshot, and purges its log.</summary>
    Snapshot,

    /// <summary>A server is shut down gracefully and started again.</summary>
    ShutDown,

    /// <summary>A client's connection breaks.</summary>
    CutClient,

    /// <summary>A client's connection goes silent.</summary>
    SilenceClient,

    /// <summary>A client goes away without a word.</summary>
    ClientAway,

    /// <summary>A client closes its session.</summary>
    CloseSession,

    /// <summary>Messages are lost, doubled and overtaken for a while.</summary>
    Chaos,
}

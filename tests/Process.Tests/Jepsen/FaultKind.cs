namespace GrainKeeper.Process.Tests.Jepsen;

/// <summary>What happens to an ensemble of five.</summary>
internal enum FaultKind
{
    /// <summary>The leader is killed.</summary>
    KillLeader,

    /// <summary>Three servers are killed at once, the leader among them.</summary>
    KillMajority,

    /// <summary>The leader stops (SIGSTOP) and goes on later, as if nothing had been.</summary>
    PauseLeader,

    /// <summary>Two servers stop and go on later, whichever.</summary>
    PauseTwo,

    /// <summary>The leader is cut off from its peers, but not from its clients.</summary>
    IsolateLeader,

    /// <summary>The leader and one follower are parted from the other three.</summary>
    PartLeaderWithOne,

    /// <summary>Two servers are parted from the others, and one of those is killed: nobody has a quorum.</summary>
    PartAndKill,
}

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>How a transaction's participants agree.</summary>
public enum CommitProtocol
{
    /// <summary>Two phases, presumed abort. Always safe; participants that have voted Yes block while the coordinator is away.</summary>
    TwoPhase = 1,

    /// <summary>
    /// Three phases (Skeen 1981). Does not block when processes crash, as long as messages arrive within a known time. UNSAFE under a partition: a side that
    /// has pre-committed commits while the other aborts.
    /// </summary>
    ThreePhase = 2,

    /// <summary>Paxos Commit (Gray and Lamport 2006). Always safe; decides as long as a majority of the acceptors is up.</summary>
    PaxosCommit = 3,
}

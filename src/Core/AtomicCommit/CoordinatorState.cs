namespace GrainKeeper.Core.AtomicCommit;

/// <summary>How far a coordinator, or a Paxos Commit leader, has come.</summary>
public enum CoordinatorState
{
    /// <summary>It has just been made.</summary>
    Initial = 0,

    /// <summary>It has no memory of the transaction, for it has started again or is not the first leader, and must not begin it.</summary>
    WithoutMemory = 1,

    /// <summary>It collects votes.</summary>
    Preparing = 2,

    /// <summary>3PC: it collects acknowledgements of PreCommit.</summary>
    PreCommitting = 3,

    /// <summary>The decision to commit is on its way to the log.</summary>
    Deciding = 4,

    /// <summary>Paxos Commit: it has a ballot under way.</summary>
    Recovering = 5,

    /// <summary>Decided; it collects acknowledgements.</summary>
    Committed = 6,

    /// <summary>Decided; it collects acknowledgements.</summary>
    Aborted = 7,
}

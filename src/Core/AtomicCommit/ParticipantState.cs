namespace GrainKeeper.Core.AtomicCommit;

/// <summary>How far a participant has come.</summary>
public enum ParticipantState
{
    /// <summary>It knows nothing of the transaction.</summary>
    Initial = 0,

    /// <summary>Its resource executes the operations and keeps undo and redo.</summary>
    Preparing = 1,

    /// <summary>It has voted Yes and may not decide alone: in doubt.</summary>
    Prepared = 2,

    /// <summary>3PC: it knows that all have voted Yes.</summary>
    PreCommitted = 3,

    /// <summary>It knows the decision; its resource applies or undoes.</summary>
    Finishing = 4,

    /// <summary>Done.</summary>
    Committed = 5,

    /// <summary>Done.</summary>
    Aborted = 6,

    /// <summary>It has changed nothing and left after the first phase.</summary>
    ReadOnly = 7,
}

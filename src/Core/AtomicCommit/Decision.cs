namespace GrainKeeper.Core.AtomicCommit;

/// <summary>What becomes of a transaction, everywhere alike.</summary>
public enum Decision
{
    /// <summary>Its changes are made.</summary>
    Commit = 1,

    /// <summary>It leaves no trace.</summary>
    Abort = 2,
}

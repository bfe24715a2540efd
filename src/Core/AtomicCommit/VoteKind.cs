namespace GrainKeeper.Core.AtomicCommit;

/// <summary>A participant's answer to the question whether it can commit.</summary>
public enum VoteKind
{
    /// <summary>It can, whatever happens to it, and waits for the decision.</summary>
    Yes = 1,

    /// <summary>It cannot.</summary>
    No = 2,

    /// <summary>It has changed nothing: with 2PC it takes no part in the second phase. The other protocols treat it as Yes.</summary>
    ReadOnly = 3,
}

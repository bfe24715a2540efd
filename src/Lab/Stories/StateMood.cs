namespace GrainKeeper.Lab.Stories;

/// <summary>What a state means.</summary>
public enum StateMood
{
    /// <summary>Nothing is under way.</summary>
    Calm,

    /// <summary>Something is under way.</summary>
    Busy,

    /// <summary>It serves, or has committed.</summary>
    Good,

    /// <summary>It leads.</summary>
    Leading,

    /// <summary>It waits and cannot go on alone, or has aborted.</summary>
    Bad,
}

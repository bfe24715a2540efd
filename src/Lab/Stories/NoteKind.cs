namespace GrainKeeper.Lab.Stories;

/// <summary>What kind of thing somebody did.</summary>
public enum NoteKind
{
    /// <summary>Something worth knowing.</summary>
    Plain,

    /// <summary>Written to the log, or durable there.</summary>
    Log,

    /// <summary>Locks taken, waited for or freed.</summary>
    Lock,

    /// <summary>Votes counted.</summary>
    Count,

    /// <summary>Something decided for good.</summary>
    Decision,

    /// <summary>A promise is broken: copies or parties disagree.</summary>
    Alarm,
}

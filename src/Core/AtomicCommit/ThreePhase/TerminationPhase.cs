namespace GrainKeeper.Core.AtomicCommit.ThreePhase;

/// <summary>How far a 3PC participant has come in doing without the coordinator.</summary>
public enum TerminationPhase
{
    /// <summary>It trusts the coordinator.</summary>
    None = 0,

    /// <summary>It has asked the participants before it whether one of them stands in.</summary>
    Electing = 1,

    /// <summary>One of them does.</summary>
    Waiting = 2,

    /// <summary>It stands in, and collects states.</summary>
    Collecting = 3,

    /// <summary>It stands in, and brings the others to PreCommit.</summary>
    Driving = 4,
}

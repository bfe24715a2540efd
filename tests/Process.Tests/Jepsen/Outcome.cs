namespace GrainKeeper.Process.Tests.Jepsen;

/// <summary>How an operation has ended for its caller.</summary>
internal enum Outcome
{
    /// <summary>Done, with an answer.</summary>
    Succeeded,

    /// <summary>Not done, for a reason that tells of the node.</summary>
    Refused,

    /// <summary>Done now, later or never.</summary>
    Unknown,

    /// <summary>Surely not done, and nothing is told of the node.</summary>
    NotDone,
}

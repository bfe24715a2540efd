namespace GrainKeeper.Lab.Clients;

/// <summary>What a client knows of its last request: success, failure, or one of the two faces of not knowing.</summary>
internal enum ClientOutcome
{
    /// <summary>It has asked nothing yet.</summary>
    Idle,

    /// <summary>It waits.</summary>
    Waiting,

    /// <summary>It was done.</summary>
    Ok,

    /// <summary>It was refused, with an error: nothing was done.</summary>
    Refused,

    /// <summary>It was sent and not answered: it may have been done or not.</summary>
    Unknown,

    /// <summary>No server would take it: it was never sent.</summary>
    Unavailable,
}

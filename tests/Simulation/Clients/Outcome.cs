namespace GrainKeeper.Simulation.Clients;

/// <summary>What a client knows about its request.</summary>
public enum Outcome
{
    /// <summary>No answer yet, or the connection was lost: it may have happened, may happen still, or never.</summary>
    Unknown,

    /// <summary>It succeeded.</summary>
    Ok,

    /// <summary>It was refused with an error code.</summary>
    Refused,
}

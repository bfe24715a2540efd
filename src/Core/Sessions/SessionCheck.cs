namespace GrainKeeper.Core.Sessions;

/// <summary>What the leader says about a request of a session.</summary>
public enum SessionCheck
{
    /// <summary>The session lives and belongs to the server that asks.</summary>
    Valid,

    /// <summary>The session is unknown, or is being closed.</summary>
    Expired,

    /// <summary>The session's client is attached to another server now.</summary>
    Moved,
}

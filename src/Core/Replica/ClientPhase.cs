namespace GrainKeeper.Core.Replica;

/// <summary>How far a client's connection has come.</summary>
internal enum ClientPhase
{
    /// <summary>Its ConnectRequest is awaited.</summary>
    Connecting,

    /// <summary>It has asked for a session, and there is no leader to give it; frames wait.</summary>
    AwaitingLeader,

    /// <summary>Its session is being created or re-attached; frames wait.</summary>
    Establishing,

    /// <summary>It is served.</summary>
    Open,

    /// <summary>It takes no further frames and closes after its last answer.</summary>
    Draining,

    /// <summary>It is over.</summary>
    Closed,
}

namespace GrainKeeper.Client;

/// <summary>What a client's session is doing.</summary>
public enum ClientState
{
    /// <summary>No server is attached; the client tries them in turn. Requests wait.</summary>
    Connecting,

    /// <summary>A server is attached.</summary>
    Connected,

    /// <summary>The servers have ended the session: ephemeral nodes and watches are gone. Make a new client.</summary>
    Expired,

    /// <summary>The servers have refused the credentials. Make a new client.</summary>
    AuthFailed,

    /// <summary>The client has been closed.</summary>
    Closed,
}

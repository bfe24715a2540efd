namespace GrainKeeper.Client.Connections;

/// <summary>Opens connections to servers.</summary>
internal interface IServerDialer
{
    /// <summary>Opens a connection for client frames to the server that answers at the endpoint.</summary>
    /// <exception cref="ServerConnectionException">It does not answer, or does not serve the tree; the message says why.</exception>
    Task<IServerConnection> DialAsync(ServerEndpoint endpoint, CancellationToken cancellationToken);
}

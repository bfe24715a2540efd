namespace GrainKeeper.Client.Connections;

/// <summary>A connection that carries client frames in order, until it breaks. One send and one receive may be under way at once.</summary>
internal interface IServerConnection : IAsyncDisposable
{
    /// <summary>The id of the server.</summary>
    int Server { get; }

    /// <summary>Sends complete frames, each with its length prefix.</summary>
    /// <exception cref="ServerConnectionException">The connection is broken: nobody knows what of it arrived.</exception>
    Task SendAsync(byte[] frames, CancellationToken cancellationToken);

    /// <summary>Waits for complete frames, each with its length prefix; may answer nothing after a while.</summary>
    /// <exception cref="ServerConnectionException">The connection is broken, and all that came before was received.</exception>
    Task<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken);
}

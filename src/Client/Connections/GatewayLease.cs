namespace GrainKeeper.Client.Connections;

/// <summary>The use of a gateway that may be shared with other sessions of the process. Give it back by disposing of it.</summary>
internal sealed class GatewayLease(Gateway gateway, GatewayPool pool) : IDisposable
{
    private int _disposed;

    internal ServerEndpoint Endpoint => gateway.Endpoint;

    internal IGrainFactory Grains => gateway.Grains;

    /// <summary>Cancelled when the connection to the gateway has ended.</summary>
    internal CancellationToken Lost => gateway.Lost;

    /// <summary>Lets the next session make a connection of its own, because this one is not good any more.</summary>
    internal void Discard() => pool.Discard(gateway);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            pool.Return(gateway);
        }
    }
}

namespace GrainKeeper.Client.Connections;

/// <summary>The connections of this process to gateways: one for each, shared by all sessions that use it, closed when the last one gives it back.</summary>
internal sealed class GatewayPool
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Cluster, ServerEndpoint Endpoint), Entry> _entries = [];
    private readonly Dictionary<Gateway, Entry> _open = [];

    internal static GatewayPool Shared { get; } = new();

    /// <summary>Connects, or shares a connection that is there.</summary>
    /// <exception cref="ServerConnectionException">Nobody answers, or no gateway of this ensemble.</exception>
    internal async Task<GatewayLease> RentAsync(string cluster, ServerEndpoint endpoint, CancellationToken cancellationToken)
    {
        Entry entry;
        lock (_lock)
        {
            if (!_entries.TryGetValue((cluster, endpoint), out entry!) || entry.IsDead)
            {
                // Connecting is shared by all who ask meanwhile, so it must not end with the patience of the first.
                entry = new Entry(Gateway.ConnectAsync(cluster, endpoint));
                _entries[(cluster, endpoint)] = entry;
            }

            entry.Users++;
        }

        try
        {
            var gateway = await entry.Gateway.WaitAsync(cancellationToken);
            lock (_lock)
            {
                _open[gateway] = entry;
            }

            return new GatewayLease(gateway, this);
        }
        catch
        {
            Release(entry);
            throw;
        }
    }

    internal void Discard(Gateway gateway)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(gateway, out var entry))
            {
                Forget(entry);
            }
        }
    }

    internal void Return(Gateway gateway)
    {
        Entry entry;
        lock (_lock)
        {
            entry = _open[gateway];
        }

        Release(entry);
    }

    private void Release(Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Users > 0)
            {
                return;
            }

            Forget(entry);
            if (entry.Gateway.IsCompletedSuccessfully)
            {
                _open.Remove(entry.Gateway.Result);
            }
        }

        // Not awaited: closing a gateway that hangs takes its time, and whoever gives it back has better to do.
        _ = Task.Run(() => CloseAsync(entry));
    }

    private static async Task CloseAsync(Entry entry)
    {
        try
        {
            await (await entry.Gateway).DisposeAsync();
        }
        catch (ServerConnectionException)
        {
            // It never was open.
            return;
        }
    }

    private void Forget(Entry entry)
    {
        foreach (var key in _entries.Where(e => e.Value == entry).Select(e => e.Key).ToList())
        {
            _entries.Remove(key);
        }
    }

    private sealed class Entry(Task<Gateway> gateway)
    {
        internal Task<Gateway> Gateway => gateway;

        internal int Users { get; set; }

        internal bool IsDead => gateway.IsFaulted || gateway.IsCanceled || (gateway.IsCompletedSuccessfully && gateway.Result.Lost.IsCancellationRequested);
    }
}

using GrainKeeper.Client.Connections;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Client.Transactions;

/// <summary>
/// Servers behind their gateways, in a random order. All operations share the connection to one of them for as long as it is good: to make one costs a hundred times what a call does. Safe for any thread.
/// </summary>
internal sealed class GatewayServers(GrainKeeperClientOptions options) : ITransactionServers
{
    private readonly EndpointRotation _rotation = new(options.Servers.Servers, Random.Shared);
    private readonly Lock _lock = new();
    private SharedGateway? _current;
    private bool _closed;

    public int Count => options.Servers.Servers.Count;

    public async Task<IServerAccess> ConnectAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        ServerEndpoint endpoint;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(TransactionClient));
            if (_current is { Gateway.Lost.IsCancellationRequested: false } good)
            {
                good.Users++;
                return new Access(this, good);
            }

            endpoint = _rotation.Next();
        }

        var shared = await OpenAsync(endpoint, patience, cancellationToken);
        SharedGateway? lost = null;
        lock (_lock)
        {
            if (_current is not { Gateway.Lost.IsCancellationRequested: false } && !_closed)
            {
                (lost, _current) = (_current, shared);
            }

            shared.Users++;
        }

        CloseUnused(lost);
        return new Access(this, shared);
    }

    public ValueTask CloseAsync()
    {
        SharedGateway? last;
        lock (_lock)
        {
            _closed = true;
            (last, _current) = (_current, null);
        }

        CloseUnused(last);
        return ValueTask.CompletedTask;
    }

    private async Task<SharedGateway> OpenAsync(ServerEndpoint endpoint, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        GatewayLease? gateway = null;
        try
        {
            gateway = await GatewayPool.Shared.RentAsync(options.ClusterId, endpoint, limit.Token);
            return new SharedGateway(gateway, await GrainCalls.MakeAsync(gateway, g => g.GetGrain<IServerInfoGrain>(0).GetInfo(), limit.Token, patience));
        }
        catch (Exception e)
        {
            if (gateway is not null)
            {
                gateway.Discard();
                gateway.Dispose();
            }

            throw e switch
            {
                OperationCanceledException or TimeoutException when !cancellationToken.IsCancellationRequested => new ServerConnectionException($"{endpoint}: no answer within {patience.TotalSeconds:0.###} s", e),
                ServerConnectionException => new ServerConnectionException($"{endpoint}: {e.Message}", e),
                _ => e,
            };
        }
    }

    private void Discard(SharedGateway shared)
    {
        lock (_lock)
        {
            if (_current == shared)
            {
                _current = null;
            }
        }
    }

    private ValueTask ReleaseAsync(SharedGateway shared)
    {
        lock (_lock)
        {
            shared.Users--;
        }

        CloseUnused(shared);
        return ValueTask.CompletedTask;
    }

    private void CloseUnused(SharedGateway? shared)
    {
        lock (_lock)
        {
            if (shared is null || shared.Users > 0 || _current == shared)
            {
                return;
            }
        }

        shared.Gateway.Dispose();
    }

    /// <summary>A gateway and who it belongs to.</summary>
    private sealed class SharedGateway(GatewayLease gateway, ServerInfo info)
    {
        public GatewayLease Gateway => gateway;

        public ServerInfo Info => info;

        public int Users { get; set; }
    }

    private sealed class Access(GatewayServers servers, SharedGateway shared) : IServerAccess
    {
        private int _disposed;

        public int Server => shared.Info.Server;

        public IReadOnlyList<int> Servers { get; } = [.. shared.Info.Servers.Select(s => s.Id).Order()];

        public Task<T> CallAsync<T>(int server, string tree, Func<ITransactionGrain, Task<T>> call, TimeSpan deadline, CancellationToken cancellationToken) =>
            GrainCalls.MakeAsync(shared.Gateway, g => call(g.GetGrain<ITransactionGrain>(ServerGrainKey.Format(tree, new ServerId(server)))), cancellationToken, deadline);

        public Task<T> WatchAsync<T>(int server, Func<ITransactionMonitorGrain, Task<T>> call, TimeSpan deadline, CancellationToken cancellationToken) =>
            GrainCalls.MakeAsync(shared.Gateway, g => call(g.GetGrain<ITransactionMonitorGrain>(ServerGrainKey.Format(TreeName.Root, new ServerId(server)))), cancellationToken, deadline);

        public void Discard() => servers.Discard(shared);

        public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) == 0 ? servers.ReleaseAsync(shared) : ValueTask.CompletedTask;
    }
}

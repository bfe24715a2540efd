using System.Collections.Concurrent;
using System.Net;
using GrainKeeper.Contracts.Trees;
using GrainKeeper.Grains.Replicas;

namespace GrainKeeper.Grains.Connections;

/// <summary>The native clients' connections to one replica.</summary>
internal sealed class VirtualConnections(int maxFrame, long maxQueuedBytes)
{
    private const int PauseWait = 1_000;
    private const int SweepInterval = 5_000;
    private const int MaxConnections = 100_000;

    private readonly ConcurrentDictionary<long, VirtualConnection> _connections = new();
    private ITimer? _sweeper;

    /// <summary>Opens one; −1 when the replica takes none now.</summary>
    public long Open(ReplicaHost replica, int keptResults)
    {
        if (_connections.Count >= MaxConnections)
        {
            return -1;
        }

        // A native client's address is what it claims, so no ip ACL shall match it.
        var virtualConnection = new VirtualConnection(maxFrame, maxQueuedBytes);
        if (replica.Open(IPAddress.None, certificate: null, virtualConnection, keptResults) is not { } connection)
        {
            return -1;
        }

        virtualConnection.Connection = connection;
        _connections[connection.Id.Value] = virtualConnection;
        _sweeper ??= TimeProvider.System.CreateTimer(
            _ => Sweep(), null, TimeSpan.FromMilliseconds(SweepInterval), TimeSpan.FromMilliseconds(SweepInterval));
        return connection.Id.Value;
    }

    public Task<SendOutcome> SendAsync(long id, FrameBatch batch) =>
        _connections.TryGetValue(id, out var connection) ? connection.SendAsync(batch, PauseWait) : Task.FromResult(SendOutcome.Closed);

    public async Task<ReceivedBatch> ReceiveAsync(long id, long after, int waitMilliseconds, CancellationToken cancellationToken)
    {
        if (!_connections.TryGetValue(id, out var connection))
        {
            return new ReceivedBatch(0, [], "the server does not know the connection: it was closed, or the server has restarted");
        }

        var batch = await connection.ReceiveAsync(after, Math.Clamp(waitMilliseconds, 0, ConnectionOptions.MaxWait), cancellationToken);
        if (connection.Finished)
        {
            _connections.TryRemove(id, out _);
        }

        return batch;
    }

    public void Close(long id)
    {
        if (_connections.TryRemove(id, out var connection))
        {
            connection.Abort("the client closed it");
        }
    }

    /// <summary>Ends all of them, for good.</summary>
    public void CloseAll()
    {
        _sweeper?.Dispose();
        foreach (var connection in _connections.Values)
        {
            connection.Abort("the server stops");
        }

        _connections.Clear();
    }

    private void Sweep()
    {
        var limit = Environment.TickCount64 - ConnectionOptions.IdleLimit;
        foreach (var (id, connection) in _connections)
        {
            if (connection.LastUsed < limit && _connections.TryRemove(id, out _))
            {
                connection.Abort($"nothing was heard of the client for {ConnectionOptions.IdleLimit} ms");
            }
        }
    }
}

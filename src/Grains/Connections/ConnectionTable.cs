using GrainKeeper.Core.Replica;

namespace GrainKeeper.Grains.Connections;

/// <summary>The connections that one replica knows. By the pump only.</summary>
internal sealed class ConnectionTable
{
    private readonly Dictionary<ConnectionId, ReplicaConnection> _connections = [];
    private readonly List<ReplicaConnection> _dirty = [];

    public void Add(ReplicaConnection connection) => _connections.Add(connection.Id, connection);

    /// <summary>The connection of that id; null when it has ended.</summary>
    public ReplicaConnection? Find(ConnectionId id) => _connections.GetValueOrDefault(id);

    /// <summary>Forgets a connection whose client is gone.</summary>
    public bool Remove(ReplicaConnection connection) => _connections.Remove(connection.Id);

    /// <summary>Writes frames to a client; one that is gone is ignored.</summary>
    /// <returns>The connection, when its client reads too slowly; it has been closed and must be reported to the core.</returns>
    public ReplicaConnection? Write(ConnectionId id, ReadOnlySpan<byte> frames)
    {
        if (!_connections.TryGetValue(id, out var connection))
        {
            return null;
        }

        if (!connection.Sink.TryWrite(frames))
        {
            Close(id, "the client reads its answers too slowly");
            return connection;
        }

        if (!connection.Dirty)
        {
            connection.Dirty = true;
            _dirty.Add(connection);
        }

        return null;
    }

    public void Pause(ConnectionId id, bool paused)
    {
        if (_connections.TryGetValue(id, out var connection))
        {
            connection.Sink.PauseReading(paused);
        }
    }

    /// <summary>Closes a connection after what was written to it.</summary>
    public void Close(ConnectionId id, string reason)
    {
        if (_connections.Remove(id, out var connection))
        {
            connection.End();
            connection.Sink.Flush();
            connection.Sink.Close(reason);
        }
    }

    public void CloseAll(string reason)
    {
        foreach (var id in _connections.Keys.ToList())
        {
            Close(id, reason);
        }
    }

    /// <summary>Sends what was written since the last flush.</summary>
    public void Flush()
    {
        foreach (var connection in _dirty)
        {
            connection.Dirty = false;
            if (_connections.ContainsKey(connection.Id))
            {
                connection.Sink.Flush();
            }
        }

        _dirty.Clear();
    }
}

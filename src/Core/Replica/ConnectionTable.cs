using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Core.Replica;

/// <summary>The clients connected to this server, and how much they may have under way.</summary>
internal sealed class ConnectionTable(ReplicaLimits limits, Outbox outbox)
{
    private readonly Dictionary<ConnectionId, ClientConnection> _connections = [];
    private readonly Dictionary<long, ClientConnection> _bySession = [];
    private readonly Ring<ClientConnection> _connecting = new();
    private readonly Ring<ClientConnection> _awaitingLeader = new();
    private readonly List<ClientConnection> _paused = [];
    private long _waitingBytes;

    /// <summary>Where watches of a closed connection are removed; set once.</summary>
    public WatchManager? Watches { get; set; }

    /// <summary>Connections.</summary>
    public int Count => _connections.Count;

    /// <summary>Requests that wait for an answer, and frames that wait for a session.</summary>
    public int Waiting { get; private set; }

    /// <summary>Monotonic ms at which <see cref="CloseSilent"/> is due, or null.</summary>
    public long? NextDeadline => (_connecting.Count, _awaitingLeader.Count) switch
    {
        (0, 0) => null,
        (0, _) => _awaitingLeader[0].HandshakeDeadline,
        (_, 0) => _connecting[0].HandshakeDeadline,
        _ => Math.Min(_connecting[0].HandshakeDeadline, _awaitingLeader[0].HandshakeDeadline),
    };

    public void Open(ConnectionId id, Credentials who, long now, int keptResults = 0)
    {
        var connection = new ClientConnection(id, who, keptResults) { HandshakeDeadline = now + limits.HandshakeTimeout };
        Invariant.That(_connections.TryAdd(id, connection), $"connection {id} was opened twice");
        _connecting.Add(connection);
    }

    public ClientConnection? Find(ConnectionId id) => _connections.GetValueOrDefault(id);

    public ClientConnection? FindSession(long sessionId) => _bySession.GetValueOrDefault(sessionId);

    /// <summary>The connections that have a session, by session.</summary>
    public IEnumerable<ClientConnection> OpenBySession() => _bySession.OrderBy(static s => s.Key).Select(static s => s.Value);

    /// <summary>The connection is its session's one on this server from now on.</summary>
    public void Bind(ClientConnection connection) => _bySession.Add(connection.SessionId, connection);

    /// <summary>Puts an answer into a connection's order.</summary>
    public void Enqueue(ClientConnection connection, in PendingReply pending, int bytes)
    {
        connection.Pipeline.Add(pending with { Bytes = bytes });
        Account(connection, 1, bytes);
    }

    public PendingReply Dequeue(ClientConnection connection)
    {
        var pending = connection.Pipeline.RemoveFirst();
        Account(connection, -1, -pending.Bytes);
        return pending;
    }

    public void EnqueueEarly(ClientConnection connection, ReadOnlyMemory<byte> frame)
    {
        connection.Early.Add(frame);
        Account(connection, 1, frame.Length);
    }

    public ReadOnlyMemory<byte> DequeueEarly(ClientConnection connection)
    {
        var frame = connection.Early.RemoveFirst();
        Account(connection, -1, -frame.Length);
        return frame;
    }

    /// <summary>Closes a connection after what was sent to it.</summary>
    public void Close(ClientConnection connection, string reason)
    {
        if (connection.Phase != ClientPhase.Closed)
        {
            Remove(connection);
            outbox.Close(connection, reason);
        }
    }

    /// <summary>The host says that the connection is gone.</summary>
    public void Drop(ClientConnection connection)
    {
        Remove(connection);
        outbox.Forget(connection);
    }

    /// <summary>Closes all connections, by id.</summary>
    public void CloseAll(string reason)
    {
        var all = new List<ClientConnection>(_connections.Values);
        all.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        foreach (var connection in all)
        {
            Close(connection, reason);
        }
    }

    /// <summary>Keeps a connection that has asked for a session until there is a leader, or its patience is over.</summary>
    public void AwaitLeader(ClientConnection connection, long now)
    {
        connection.Phase = ClientPhase.AwaitingLeader;
        connection.HandshakeDeadline = now + limits.LeaderPatience;
        _awaitingLeader.Add(connection);
    }

    /// <summary>Those that await a leader, in the order in which they began to; none does afterwards.</summary>
    public IReadOnlyList<ClientConnection> TakeAwaitingLeader()
    {
        var taken = new List<ClientConnection>();
        while (_awaitingLeader.Count > 0)
        {
            if (_awaitingLeader.RemoveFirst() is { Phase: ClientPhase.AwaitingLeader } connection)
            {
                taken.Add(connection);
            }
        }

        return taken;
    }

    /// <summary>Closes the connections that have a session, by id; those that were about to get one await another leader.</summary>
    public void CloseSessions(string reason, long now)
    {
        var all = new List<ClientConnection>(_connections.Values);
        all.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        foreach (var connection in all)
        {
            if (connection.Phase == ClientPhase.Establishing)
            {
                AwaitLeader(connection, now);
            }
            else if (connection.Phase is ClientPhase.Open or ClientPhase.Draining)
            {
                Close(connection, reason);
            }
        }
    }

    /// <summary>Closes connections that opened but never asked for a session, and those that have waited long enough for a leader.</summary>
    public void CloseSilent(long now)
    {
        while (_awaitingLeader.Count > 0 && (_awaitingLeader[0].Phase != ClientPhase.AwaitingLeader || _awaitingLeader[0].HandshakeDeadline <= now))
        {
            var connection = _awaitingLeader.RemoveFirst();
            if (connection.Phase == ClientPhase.AwaitingLeader)
            {
                Close(connection, "this server has no leader; try another server");
            }
        }

        while (_connecting.Count > 0 && (_connecting[0].Phase != ClientPhase.Connecting || _connecting[0].HandshakeDeadline <= now))
        {
            var connection = _connecting.RemoveFirst();
            if (connection.Phase == ClientPhase.Connecting)
            {
                Close(connection, $"no ConnectRequest came within {limits.HandshakeTimeout} ms");
            }
        }
    }

    /// <summary>Holds a connection back when it, or all together, have too much under way.</summary>
    public void PauseIfNeeded(ClientConnection connection)
    {
        if (connection.Phase == ClientPhase.Closed)
        {
            return;
        }

        var waiting = connection.Pipeline.Count + connection.Early.Count;
        if (waiting > limits.RefusedRequestsPerConnection || connection.WaitingBytes > limits.RefusedBytesPerConnection)
        {
            Close(connection, $"{waiting} requests of {connection.WaitingBytes} bytes wait, though the connection was told to pause");
            return;
        }

        if (!connection.IsPaused
            && (waiting >= limits.RequestsPerConnection || connection.WaitingBytes >= limits.BytesPerConnection
                || Waiting >= limits.Requests || _waitingBytes >= limits.Bytes))
        {
            connection.IsPaused = true;
            _paused.Add(connection);
            outbox.Pause(connection, true);
        }
    }

    /// <summary>Lets connections go on once enough is answered.</summary>
    public void ResumeIfPossible()
    {
        if (_paused.Count == 0 || Waiting > limits.Requests / 4 * 3 || _waitingBytes > limits.Bytes / 4 * 3)
        {
            return;
        }

        var kept = 0;
        for (var i = 0; i < _paused.Count; i++)
        {
            var connection = _paused[i];
            if (connection.Phase == ClientPhase.Closed)
            {
                continue;
            }

            if (connection.Pipeline.Count + connection.Early.Count > limits.RequestsPerConnection / 2
                || connection.WaitingBytes > limits.BytesPerConnection / 2)
            {
                _paused[kept++] = connection;
                continue;
            }

            connection.IsPaused = false;
            outbox.Pause(connection, false);
        }

        _paused.RemoveRange(kept, _paused.Count - kept);
    }

    private void Remove(ClientConnection connection)
    {
        connection.Phase = ClientPhase.Closed;
        _connections.Remove(connection.Id);
        if (_bySession.TryGetValue(connection.SessionId, out var bound) && bound == connection)
        {
            _bySession.Remove(connection.SessionId);
        }

        Account(connection, -(connection.Pipeline.Count + connection.Early.Count), -connection.WaitingBytes);
        connection.Pipeline.Clear();
        connection.Early.Clear();
        Watches!.RemoveWatcher(connection.Id.Value);
    }

    private void Account(ClientConnection connection, int requests, long bytes)
    {
        Waiting += requests;
        _waitingBytes += bytes;
        connection.WaitingBytes += bytes;
    }
}

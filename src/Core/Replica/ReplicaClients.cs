using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Events;
using GrainKeeper.Core.Sessions;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>This server's clients: their connections, sessions and requests, and the way to the leader while there is one.</summary>
internal sealed class ReplicaClients : ILeaderClients
{
    private readonly ReplicaOptions _options;
    private readonly ReplicaState _state;
    private readonly ConnectionTable _connections;
    private readonly OriginQueue _origin = new();
    private readonly LinearizableReads _linearizable = new();
    private readonly Handshake _handshake;
    private readonly RequestIntake _intake;
    private readonly WatchResumption _resumption;
    private ILeaderLink? _leader;

    public ReplicaClients(
        ServerId self, ReplicaOptions options, ReplicaState state, ConnectionTable connections, Outbox outbox, WatchManager watches, AuditTrail? audit)
    {
        _options = options;
        _state = state;
        _connections = connections;
        _handshake = new Handshake(options, state, connections, _origin, outbox, new SessionIdSource(self));
        _resumption = new WatchResumption(state, watches, outbox, options.SkipAcl);
        _intake = new RequestIntake(
            options, state, connections, _origin, _linearizable, outbox, new ReadProcessor(state, watches, outbox, options.SkipAcl), _resumption, audit);
    }

    /// <summary>Why no client is taken any more; null while they are.</summary>
    public string? Refusal { get; set; }

    /// <summary>The ZAB core; set once, before the first step.</summary>
    public ZabPeer Peer
    {
        set => _resumption.Peer = value;
    }

    /// <summary>There is a leader: clients are served.</summary>
    public void Serve(ILeaderLink leader, Now now)
    {
        // Sessions without a leader end: their clients come again and get one that may write.
        Stop("a leader is found", now);
        SetLeader(leader);
        foreach (var client in _connections.TakeAwaitingLeader())
        {
            Begin(client, client.ConnectRequest, now);
        }
    }

    /// <summary>There is no leader (any more): nobody knows what becomes of the requests that are with it. Who has only asked for a session waits for another leader.</summary>
    public void Stop(string reason, Now now)
    {
        SetLeader(null);
        _origin.Clear();
        _linearizable.Clear();
        _connections.CloseSessions(reason, now.Monotonic);
    }

    /// <summary>Takes frames of a connection.</summary>
    public void Take(ConnectionId id, IReadOnlyList<ReadOnlyMemory<byte>> frames, Now now)
    {
        if (_connections.Find(id) is not { } client)
        {
            // It was closed here while they were on their way.
            return;
        }

        if (client.Phase == ClientPhase.Open && !client.IsReadOnly)
        {
            _leader?.Touch(client.SessionId);
        }

        for (var i = 0; i < frames.Count; i++)
        {
            Take(client, frames[i], now);
        }

        _connections.PauseIfNeeded(client);
    }

    /// <summary>A connection is gone.</summary>
    public void Gone(ConnectionId id)
    {
        if (_connections.Find(id) is { } client)
        {
            _connections.Drop(client);
        }
    }

    /// <summary>The log has been read for a client.</summary>
    public void LogRead(ZabInput.LogRead read)
    {
        if (_resumption.Taken(read) is { } client)
        {
            _intake.LogRead(client);
        }
    }

    /// <summary>Appends what the log is asked for.</summary>
    public void Flush(List<Effect> effects) => _resumption.Flush(effects);

    public void Assigned(Outcome outcome)
    {
        _origin.Assign(outcome, _state.LastApplied);
        AnswerReady();
    }

    public void Attached(ConnectionId connection, long sessionId, int timeout)
    {
        if (_handshake.Attached(connection, sessionId, timeout) is { } client)
        {
            _leader?.Touch(sessionId);
            _intake.TakeEarly(client);
        }
    }

    public void Confirmed(long ticket, Zxid committed)
    {
        _linearizable.Confirm(ticket, committed);
        ReadReady();
    }

    /// <summary>Before a transaction is applied: the connection that waits for it, or null. What that connection has asked before is answered now, from the state without it.</summary>
    public ClientConnection? Expecting(Zxid zxid)
    {
        if (_origin.PeekTxn(zxid) is not { } client)
        {
            return null;
        }

        if (client.Phase != ClientPhase.Establishing)
        {
            _intake.AnswerBeforeWrite(client);
        }

        return client.Phase == ClientPhase.Closed ? null : client;
    }

    /// <summary>A transaction is applied.</summary>
    /// <param name="zxid">The transaction.</param>
    /// <param name="expecting">The connection that waits for it, or null.</param>
    /// <param name="header">The transaction's header.</param>
    /// <param name="changes">What it changed.</param>
    public void Applied(Zxid zxid, ClientConnection? expecting, in TxnHeader header, AppliedChanges changes)
    {
        _origin.TakeTxn(zxid);
        if (expecting is not null)
        {
            if (expecting.Phase == ClientPhase.Establishing)
            {
                _handshake.Created(expecting);
                _intake.TakeEarly(expecting);
            }
            else
            {
                _intake.Complete(expecting, changes);
            }
        }

        if (header.Type == Jute.OpCode.CloseSession && _connections.FindSession(header.SessionId) is { } ended)
        {
            _connections.Close(ended, "the session has expired");
        }

        AnswerReady();
        ReadReady();
    }

    private void AnswerReady()
    {
        while (_origin.TryTakeReady(_state.LastApplied, out var client, out var outcome))
        {
            _intake.Complete(client, outcome.Error);
        }
    }

    private void ReadReady()
    {
        while (_linearizable.TryTakeReady(_state.LastApplied, out var client))
        {
            if (client.Phase != ClientPhase.Closed)
            {
                _intake.Drain(client);
            }
        }
    }

    private void Take(ClientConnection client, ReadOnlyMemory<byte> frame, Now now)
    {
        if (frame.Length > _options.MaxFrame)
        {
            _connections.Close(client, $"a frame of {frame.Length} bytes exceeds the limit of {_options.MaxFrame}; raise MaxFrame (jute.maxbuffer) on all servers");
            return;
        }

        switch (client.Phase)
        {
            case ClientPhase.Connecting:
                if (Refusal is not null)
                {
                    _connections.Close(client, Refusal);
                }
                else
                {
                    Begin(client, frame, now);
                }

                break;
            case ClientPhase.Establishing or ClientPhase.AwaitingLeader:
                _connections.EnqueueEarly(client, frame);
                break;
            default:
                _intake.Take(client, frame);
                break;
        }
    }

    private void Begin(ClientConnection client, ReadOnlyMemory<byte> request, Now now)
    {
        if (_handshake.Begin(client, request, now))
        {
            _intake.TakeEarly(client);
        }
    }

    private void SetLeader(ILeaderLink? leader)
    {
        _leader = leader;
        _handshake.Leader = leader;
        _intake.Leader = leader;
    }
}

using System.Buffers.Binary;
using System.Net;
using GrainKeeper.Client.Connections;
using GrainKeeper.Client.Sessions;
using GrainKeeper.Core;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Client.Tests;

/// <summary>
/// A real replica of an ensemble of one, without disk or network: what the client talks to in these tests. Several endpoints lead to it, as if each were a server;
/// tests switch endpoints off and break connections.
/// </summary>
internal sealed class LoopbackReplica : IServerDialer
{
    private readonly Lock _lock = new();
    private readonly ReplicaCore _core;
    private readonly Queue<ReplicaInput> _inputs = new();
    private readonly Dictionary<ConnectionId, LoopbackConnection> _connections = [];
    private readonly Task _ticking;
    private readonly HashSet<int> _off = [];
    private readonly List<Txn> _log = [];
    private long _nextConnection;
    private int _requests;
    private int _pings;
    private bool _stopped;

    internal LoopbackReplica(int recentTxns = 1_000, bool readOnlyMode = false)
    {
        var options = new ReplicaOptions
        {
            Zab = new ZabOptions { RecentTxns = recentTxns },
            TickTime = 200, MinSessionTimeout = 400, MaxSessionTimeout = 60_000, ContainerCheckInterval = 100, Secret = "0123456789abcdef"u8.ToArray(),
            ReadOnlyMode = readOnlyMode,
            SuperDigest = "super:UMWQSZT9uE/x1uugstnHyJ4Iix4=",
        };
        var configuration = new QuorumConfiguration(Zxid.Zero, [new Member(new ServerId(1), MemberRole.Participant)]);
        _core = new ReplicaCore(
            new ServerId(1), configuration, options, new RecoveredHistory(default, default, Zxid.Zero, Zxid.Zero, []), new ReplicaState(), 1L << 20, seed: 1);
        Post(new ReplicaInput.Zab(new ZabInput.Elected(new ServerId(1))));
        _ticking = Task.Run(TickAsync);
    }

    /// <summary>The ports dialled, in order.</summary>
    internal List<int> Dialled { get; } = [];

    /// <summary>Called for each batch of a client; false loses the batch and breaks the connection after it.</summary>
    internal Func<byte[], bool>? OnFrames { get; set; }

    /// <summary>Called for each batch once it is worked on; false breaks the connection after it.</summary>
    internal Func<byte[], bool>? OnTaken { get; set; }

    /// <summary>Frames that have come and been worked on so far, those that ask for a session included, but not pings.</summary>
    internal int Requests => Volatile.Read(ref _requests);

    /// <summary>Pings that have come.</summary>
    internal int Pings => Volatile.Read(ref _pings);

    /// <summary>What the replica says of itself.</summary>
    internal ReplicaStatus Status
    {
        get
        {
            lock (_lock)
            {
                return _core.Status;
            }
        }
    }

    /// <summary>How many answers a session keeps that is asked for now.</summary>
    internal int KeptResults { get; set; } = 128;

    /// <summary>What dialling fails with.</summary>
    internal Func<Exception>? DialFailure { get; set; }

    /// <summary>The zxid up to which the log has been purged.</summary>
    internal long Purged { get; set; }

    /// <summary>Whether frames to clients are held back.</summary>
    internal bool Mute { get; set; }

    internal static GrainKeeperClientOptions Options(string servers = "one:1,two:2,three:3") => new()
    {
        Servers = ConnectString.Parse(servers),
        SessionTimeout = TimeSpan.FromSeconds(5),
        AttemptTimeout = TimeSpan.FromSeconds(1),
        ConnectTimeout = TimeSpan.FromSeconds(20),
    };

    internal Task<GrainKeeperClient> ConnectAsync(GrainKeeperClientOptions? options = null) =>
        GrainKeeperClient.ConnectAsync(options ?? Options(), this, new Random(1), CancellationToken.None);

    internal void SwitchOff(params int[] ports)
    {
        lock (_lock)
        {
            _off.UnionWith(ports);
        }

        BreakAll(port => ports.Contains(port));
    }

    internal void SwitchOn(params int[] ports)
    {
        lock (_lock)
        {
            _off.ExceptWith(ports);
        }
    }

    /// <summary>The replica has no leader any more, as if the others were out of reach.</summary>
    internal void LoseQuorum() => Post(new ReplicaInput.Zab(new ZabInput.StepDown("the test says so")));

    /// <summary>It leads again.</summary>
    internal void FindQuorum() => Post(new ReplicaInput.Zab(new ZabInput.Elected(new ServerId(1))));

    internal void BreakAll(Func<int, bool>? which = null)
    {
        lock (_lock)
        {
            foreach (var (id, connection) in _connections.Where(c => which?.Invoke(c.Value.Server) ?? true).ToList())
            {
                connection.Close("broken by the test");
                Gone(id);
            }
        }
    }

    public Task<IServerConnection> DialAsync(ServerEndpoint endpoint, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Dialled.Add(endpoint.Port);
            if (DialFailure is { } failure)
            {
                throw failure();
            }

            if (_off.Contains(endpoint.Port))
            {
                throw new ServerConnectionException("switched off");
            }

            var id = new ConnectionId(++_nextConnection);
            var connection = new LoopbackConnection(this, id, endpoint.Port);
            _connections.Add(id, connection);
            Post(new ReplicaInput.ConnectionOpened(id, IPAddress.Loopback, KeptResults: KeptResults));
            return Task.FromResult<IServerConnection>(connection);
        }
    }

    internal async Task StopAsync()
    {
        lock (_lock)
        {
            _stopped = true;
        }

        await _ticking;
    }

    internal void Take(ConnectionId id, byte[] batch)
    {
        if (OnFrames?.Invoke(batch) == false)
        {
            BreakAll();
            throw new ServerConnectionException("broken by the test");
        }

        lock (_lock)
        {
            if (!_connections.ContainsKey(id))
            {
                throw new ServerConnectionException("closed");
            }

            var frames = new List<ReadOnlyMemory<byte>>();
            ReadOnlyMemory<byte> rest = batch;
            while (FrameWriter.TryRead(ref rest, out var frame))
            {
                frames.Add(frame);
            }

            Post(new ReplicaInput.ClientFrames(id, frames));
            var pings = frames.Count(f => BinaryPrimitives.ReadInt32BigEndian(f.Span) == ReservedXid.Ping);
            _requests += frames.Count - pings;
            _pings += pings;
        }

        if (OnTaken?.Invoke(batch) == false)
        {
            BreakAll();
            throw new ServerConnectionException("broken by the test");
        }
    }

    internal void Gone(ConnectionId id)
    {
        lock (_lock)
        {
            if (_connections.Remove(id))
            {
                Post(new ReplicaInput.ConnectionClosed(id));
            }
        }
    }

    private async Task TickAsync()
    {
        while (true)
        {
            await Task.Delay(5);
            lock (_lock)
            {
                if (_stopped)
                {
                    return;
                }

                if (_core.NextDeadline <= Environment.TickCount64)
                {
                    Post(new ReplicaInput.Tick());
                }
            }
        }
    }

    private void Post(ReplicaInput input)
    {
        lock (_lock)
        {
            _inputs.Enqueue(input);
            if (_inputs.Count > 1)
            {
                return;
            }

            while (_inputs.TryPeek(out var next))
            {
                var effects = new List<Effect>();
                _core.Step(next, new Now(Environment.TickCount64, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()), effects);
                effects.ForEach(CarryOut);
                _inputs.Dequeue();
            }
        }
    }

    private void CarryOut(Effect effect)
    {
        switch (effect)
        {
            case ZabEffect.ReadLog read:
                var txns = read.After.Value < Purged ? null : _log.Where(t => t.Zxid > read.After && t.Zxid <= read.UpTo).Take(50).ToList();
                _inputs.Enqueue(new ReplicaInput.Zab(new ZabInput.LogRead(read.RequestId, txns)));
                break;
            case ZabEffect.Append append:
                _log.AddRange(append.Txns);
                Persisted(append.Token);
                break;
            case ZabEffect.WriteAcceptedEpoch epoch:
                Persisted(epoch.Token);
                break;
            case ZabEffect.WriteCurrentEpoch epoch:
                Persisted(epoch.Token);
                break;
            case ReplicaEffect.SendToClient send when _connections.TryGetValue(send.Connection, out var connection) && !Mute:
                connection.Deliver(send.Bytes);
                break;
            case ReplicaEffect.CloseConnection close when _connections.Remove(close.Connection, out var connection):
                connection.Close(close.Reason);
                break;
            default:
                break;
        }
    }

    private void Persisted(long token) => _inputs.Enqueue(new ReplicaInput.Zab(new ZabInput.Persisted(token)));
}

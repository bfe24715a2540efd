using System.Buffers.Binary;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;

namespace GrainKeeper.Simulation.Clients;

/// <summary>
/// A ZooKeeper client: one session over changing connections, requests in a window, pings, watches set again after a reconnection, and a new session when
/// the old one has expired. Or a client of our own, which numbers its writes and after a lost connection sends again what is not answered. What it sees goes to its <see cref="IClientWitness"/>.
/// </summary>
public sealed partial class SimClient
{
    /// <summary>Numbers of requests other than numbered writes begin here, for clients that number these.</summary>
    private const int FirstOther = 1_000_000;

    private readonly World _world;
    private readonly SimRandom _random;
    private readonly Workload _workload;
    private readonly IClientWitness _witness;
    private readonly Queue<ClientRequest> _outstanding = new();
    private readonly Queue<ClientRequest> _due = new();
    private readonly List<ClientRequest> _again = [];
    private byte[] _password = new byte[16];
    private ClientConnection? _connection;
    private bool _handshaken;
    private int _askedTimeout;
    private int _nextServer;
    private int _xid;
    private int _write;
    private long _lastHeard;
    private long _lastFrame;
    private long _lastSent;

    /// <summary>Makes a client that is not connected.</summary>
    public SimClient(int number, World world, SimRandom random, IClientWitness witness)
    {
        Number = number;
        _world = world;
        _random = random;
        _witness = witness;
        _workload = new Workload(number, random.Fork(), world.Profile, world.NextValue);
        _nextServer = random.Below(world.Profile.Servers);
        _askedTimeout = world.Profile.TickTime * random.Between(2, 6);
        KeptResults = number < world.Profile.NumberingClients ? world.Profile.ClientWindow + 6 : 0;
        _xid = KeptResults > 0 ? FirstOther : 0;
    }

    /// <summary>Its number, from 0.</summary>
    public int Number { get; }

    /// <summary>How many answers its sessions keep; 0 for a client of ZooKeeper's.</summary>
    public int KeptResults { get; }

    /// <summary>Requests sent again.</summary>
    public int SentAgain { get; private set; }

    /// <summary>Its name in the trace.</summary>
    public string Name => $"c{Number}";

    /// <summary>What it is about.</summary>
    public ClientPhase Phase { get; private set; } = ClientPhase.Working;

    /// <summary>Its session, 0 when it has none.</summary>
    public long Session { get; private set; }

    /// <summary>The negotiated timeout in milliseconds.</summary>
    public int Timeout { get; private set; }

    /// <summary>The greatest zxid that any reply in this session has carried.</summary>
    public Zxid LastSeen { get; private set; }

    /// <summary>Its watches.</summary>
    public WatchBook Watches { get; } = new();

    /// <summary>Whether it is connected and its session stands.</summary>
    public bool Connected => _handshaken;

    /// <summary>Connections lost so far.</summary>
    public int Drops { get; private set; }

    /// <summary>The server it talks to.</summary>
    public ServerId? Server => _connection?.Server.Id;

    /// <summary>Its connection's number.</summary>
    public ConnectionId? Connection => _connection?.Id;

    /// <summary>Whether everything it was told to send is answered.</summary>
    public bool Finished => Phase == ClientPhase.Finishing && _due.Count == 0 && _outstanding.Count == 0 && _again.Count == 0;

    /// <summary>Milliseconds since a server last said anything in the session.</summary>
    public long Silence => (Loop.Now - _lastFrame) / EventLoop.Millisecond;

    private EventLoop Loop => _world.Loop;

    /// <summary>Begins to connect and to work.</summary>
    public void Start()
    {
        Loop.After(_random.Between(0, 500 * EventLoop.Millisecond), Connect);
        Loop.After(_random.Between(0, 500 * EventLoop.Millisecond), Work);
        Loop.After(100 * EventLoop.Millisecond, Beat);
    }

    /// <summary>The connection is cut, or goes silent.</summary>
    public void BreakConnection(bool silently)
    {
        if (_connection is null)
        {
            return;
        }

        if (silently)
        {
            _connection.Silent = true;
            return;
        }

        if (_handshaken && Phase == ClientPhase.Working && _random.Chance(0.6))
        {
            // The last requests are still on their way when the client is with another server already.
            _connection.HoldBack(_random.Between(0, 500 * EventLoop.Millisecond));
            SendNow([_workload.Next(), _workload.Next(), _workload.Next()]);
        }

        Drop("cut", close: true);
        Reconnect();
    }

    /// <summary>Goes away without closing the session, and comes back after a while, perhaps too late.</summary>
    public void GoAway(long time)
    {
        if (Phase != ClientPhase.Working)
        {
            return;
        }

        _world.Trace.Tell(Name, $"goes away for {time / 1000} ms");
        Phase = ClientPhase.Away;
        Drop("away", close: _random.Chance(0.5));
        Loop.After(time, () =>
        {
            if (Phase == ClientPhase.Away)
            {
                ComeBack(ClientPhase.Working);
            }
        });
    }

    /// <summary>Asks to close the session; a new one follows.</summary>
    public void CloseSession()
    {
        if (_handshaken && Phase == ClientPhase.Working)
        {
            var close = new ClientRequest { Type = OpCode.CloseSession };
            SendNow(_random.Chance(0.5) ? [close] : [_workload.Ephemeral(), _workload.Next(), _workload.Ephemeral(), close]);
            if (_random.Chance(0.3))
            {
                // It comes again before the session's end is committed.
                BreakConnection(silently: false);
            }
        }
    }

    /// <summary>From now on sends only these, again and again until each is answered.</summary>
    public void Finish(IReadOnlyList<ClientRequest> requests)
    {
        foreach (var request in requests)
        {
            _due.Enqueue(request);
        }

        if (Phase == ClientPhase.Away)
        {
            ComeBack(ClientPhase.Finishing);
        }

        Phase = ClientPhase.Finishing;
    }

    /// <summary>Bytes have come, frames with their length prefixes.</summary>
    public void Receive(ClientConnection connection, ReadOnlyMemory<byte> bytes)
    {
        if (connection != _connection)
        {
            return;
        }

        _lastHeard = Loop.Now;
        var rest = bytes.Span;
        while (rest.Length > 0 && connection == _connection)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(rest);
            if (length < 0 || length > rest.Length - 4)
            {
                throw new PropertyViolatedException("reply format", $"a frame of {length} bytes where {rest.Length - 4} are left");
            }

            Frame(rest.Slice(4, length));
            rest = rest[(4 + length)..];
        }
    }

    /// <summary>The server has closed the connection.</summary>
    public void Disconnected(ClientConnection connection)
    {
        if (connection == _connection)
        {
            Drop("closed by the server", close: false);
            Reconnect();
        }
    }

    private void ComeBack(ClientPhase phase)
    {
        Phase = phase;
        Connect();
    }

    private void Connect()
    {
        if (Phase == ClientPhase.Away || _connection is not null)
        {
            return;
        }

        var server = _world.Servers[_nextServer++ % _world.Servers.Count];
        if (!server.Running)
        {
            Reconnect();
            return;
        }

        var connection = new ClientConnection(_world.NextConnection(), this, server, Loop, _random);
        _connection = connection;
        _lastHeard = _lastSent = Loop.Now;
        _world.Trace.Tell(Name, $"connects to {server.Id} as connection {connection.Id}, session {Session:x}, seen {LastSeen}");
        connection.Open();
        connection.Send([Frames.Connect(LastSeen, _askedTimeout, Session, _password)]);
    }

    private void Reconnect() => Loop.After(_random.Between(5 * EventLoop.Millisecond, 100 * EventLoop.Millisecond), Connect);

    private void Drop(string why, bool close)
    {
        if (_connection is null)
        {
            return;
        }

        _world.Trace.Tell(Name, $"connection {_connection.Id} is gone: {why}; {_outstanding.Count} requests without an answer");
        if (close)
        {
            _connection.CloseByClient();
        }

        Drops++;
        _connection = null;
        _handshaken = false;
        if (KeptResults > 0 && Session != 0)
        {
            // What was not sent again yet follows what was.
            _again.InsertRange(0, _outstanding);
            _outstanding.Clear();
            return;
        }

        _again.AddRange(_outstanding);
        _outstanding.Clear();
        foreach (var lost in _again)
        {
            if (Phase == ClientPhase.Finishing || _random.Chance(0.2))
            {
                _due.Enqueue(Workload.Copy(lost));
            }
        }

        _again.Clear();
    }

    private void Work()
    {
        Loop.After(_random.Between(0, 2 * _world.Profile.ClientPause), Work);
        if (!_handshaken || _outstanding.Count >= _world.Profile.ClientWindow)
        {
            return;
        }

        var batch = new List<ClientRequest>();
        var room = Math.Min(_random.Between(1, 3), _world.Profile.ClientWindow - _outstanding.Count);
        while (room-- > 0)
        {
            if (_due.TryDequeue(out var due))
            {
                batch.Add(due);
            }
            else if (Phase == ClientPhase.Working)
            {
                batch.Add(_workload.Next());
            }
        }

        SendNow(batch);
    }

    private void Beat()
    {
        Loop.After(Math.Max(_askedTimeout / 6, 20) * EventLoop.Millisecond, Beat);
        if (_connection is null)
        {
            return;
        }

        var timeout = (Timeout > 0 ? Timeout : _askedTimeout) * EventLoop.Millisecond;
        if (Loop.Now - _lastHeard > timeout * 2 / 3)
        {
            Drop("silent for too long", close: true);
            Reconnect();
        }
        else if (_handshaken && Loop.Now - _lastSent > timeout / 3)
        {
            _lastSent = Loop.Now;
            _connection.Send([Frames.Ping()]);
        }
    }

    private void SendNow(List<ClientRequest> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        var frames = new List<ReadOnlyMemory<byte>>();
        foreach (var request in batch)
        {
            frames.Add(Frames.Request(Begin(request)));
        }

        _lastSent = Loop.Now;
        _connection!.Send(frames);
    }

    private void Frame(ReadOnlySpan<byte> frame)
    {
        var reader = new JuteReader(frame);
        if (!_handshaken)
        {
            Handshake(ref reader);
            return;
        }

        _lastFrame = Loop.Now;
        var (xid, zxid, error) = (reader.ReadInt(), new Zxid(reader.ReadLong()), (ErrorCode)reader.ReadInt());
        switch (xid)
        {
            case Frames.NotificationXid:
                var (type, _, path) = ((WatchEventType)reader.ReadInt(), reader.ReadInt(), reader.ReadString());
                _world.Trace.Tell(Name, $"hears {type} {path}");
                _witness.Notified(this, type, path);
                break;
            case Frames.SetWatchesXid:
                _witness.WatchesSet(this, zxid);
                See(zxid, error, null);
                break;
            case Frames.PingXid:
                See(zxid, error, null);
                break;
            default:
                Reply(ref reader, xid, zxid, error);
                break;
        }
    }

    private void Reply(ref JuteReader reader, int xid, Zxid zxid, ErrorCode error)
    {
        if (KeptResults > 0 && error == ErrorCode.SessionMoved)
        {
            // Nothing was done; it is sent again.
            Drop("moved", close: true);
            Reconnect();
            return;
        }

        if (!_outstanding.TryDequeue(out var request) || request.Xid != xid)
        {
            throw new PropertyViolatedException("replies in order", $"{Name} got a reply to #{xid} while {request} was the oldest without an answer");
        }

        Replies.ReadBody(ref reader, request, error);
        request.Returned = Loop.Now;
        request.ReplyZxid = zxid;
        _world.Trace.Tell(Name, $"got {(request.Outcome == Outcome.Ok ? "ok" : error.ToString())} at {zxid} for {request}");
        See(zxid, error, request);
        _workload.Learn(request);
        if (request.Type == OpCode.CloseSession && error == ErrorCode.Ok)
        {
            ForgetSession();
            Drop("session closed", close: true);
            Reconnect();
        }
        else if (error is ErrorCode.SessionMoved or ErrorCode.SessionExpired or ErrorCode.Closing)
        {
            Drop(error.ToString(), close: true);
            Reconnect();
        }
    }

    private void See(Zxid zxid, ErrorCode error, ClientRequest? request)
    {
        _witness.Replied(this, zxid, error, request);
        LastSeen = zxid > LastSeen ? zxid : LastSeen;
    }

    private void Handshake(ref JuteReader reader)
    {
        var kept = reader.ReadInt();
        var timeout = reader.ReadInt();
        var session = reader.ReadLong();
        var password = reader.ReadBuffer().ToArray();
        if (session == 0)
        {
            _world.Trace.Tell(Name, $"learns that session {Session:x} has expired");
            _witness.Expired(this);
            ForgetSession();
            Drop("session expired", close: true);
            Reconnect();
            return;
        }

        _handshaken = true;
        _lastFrame = Loop.Now;
        Timeout = timeout;
        var isNew = Session != session;
        if (isNew && kept != KeptResults)
        {
            throw new PropertyViolatedException("a session keeps the answers that it asked for", $"{Name} asked for {KeptResults} and was told {kept}");
        }

        _witness.Attached(this, session, isNew, timeout);
        _world.Trace.Tell(Name, $"is {(isNew ? "given" : "back in")} session {session:x}, timeout {timeout} ms");
        (Session, _password) = (session, password);
        if (isNew)
        {
            SendNow([.. Workload.Prelude.Select(Workload.Copy)]);
        }
        else if (!Watches.Empty)
        {
            Watches.Rearm();
            _lastSent = Loop.Now;
            _connection!.Send([Frames.SetWatches(
                LastSeen,
                [.. Watches.Data.Where(w => !w.Value.OnAbsent).Select(w => w.Key)],
                [.. Watches.Data.Where(w => w.Value.OnAbsent).Select(w => w.Key)],
                [.. Watches.Children.Keys])]);
        }

        if (!isNew)
        {
            SendAgain();
        }
    }

    private void ForgetSession()
    {
        Session = 0;
        Timeout = 0;
        _password = new byte[16];
        _xid = KeptResults > 0 ? FirstOther : 0;
        _write = 0;
        LastSeen = Zxid.Zero;
        Watches.Clear();
        _askedTimeout = _world.Profile.TickTime * _random.Between(2, 6);
    }
}

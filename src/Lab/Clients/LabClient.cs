using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Lab.Ensemble;
using GrainKeeper.Lab.Network;
using GrainKeeper.Lab.Running;
using GrainKeeper.Lab.Scheduling;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Clients;

/// <summary>
/// A client that speaks ZooKeeper's frames to one server at a time, one request after the other. It waits 3 s for an answer, then closes its connection: what it asked may have
/// been done or not.
/// </summary>
internal sealed class LabClient(LabWorld world, string name) : ILabEnd
{
    /// <summary>How long it waits for an answer.</summary>
    internal const long Patience = 3 * EventLoop.Second;

    private const int SessionTimeout = 40_000;
    private const long PingInterval = 10 * EventLoop.Second;

    private readonly Queue<ClientRequest> _queue = new();
    private LabServer? _server;
    private long _connections;
    private long _connection;
    private bool _open;
    private bool _connecting;
    private bool _readOnly;
    private long _session;
    private byte[] _password = new byte[16];
    private Zxid _lastSeen;
    private ClientRequest? _current;
    private bool _sent;
    private int _xid;
    private int _deadline;

    public string Name => name;

    public bool Running => true;

    public int Incarnation => 1;

    public bool HearsOfLinks => false;

    internal ClientOutcome Outcome { get; private set; }

    /// <summary>With <see cref="ClientOutcome.Refused"/>: why.</summary>
    internal ErrorCode Error { get; private set; }

    /// <summary>What its last get returned.</summary>
    internal string? LastRead { get; private set; }

    /// <summary>Whether it was ever told where to connect.</summary>
    internal bool HasServer => _server is not null;

    public void PeerLost(string peer)
    {
    }

    public void PeerConnected(string peer)
    {
    }

    /// <summary>Goes to a server, with its session if it has one.</summary>
    internal void Connect(LabServer server, bool readOnly)
    {
        Disconnect();
        (_server, _readOnly) = (server, readOnly);
        Dial();
    }

    /// <summary>Asks, after what it has asked before.</summary>
    internal void Ask(ClientRequest request)
    {
        _queue.Enqueue(request);
        Outcome = ClientOutcome.Waiting;
        Next();
    }

    private void Next()
    {
        if (_current is not null || _queue.Count == 0)
        {
            return;
        }

        if (!_open)
        {
            if (!_connecting)
            {
                Dial();
            }

            return;
        }

        _current = _queue.Dequeue();
        world.Story.State(name, "WAITING", _current.Label, StateMood.Busy);
        _sent = true;
        var frame = _current.ToFrame(++_xid);
        WatchTheClock();
        ToServer(_current.Label, routine: false, frame);
    }

    private void Dial()
    {
        _connecting = true;
        var (server, connection) = (_server!, ++_connections);
        _connection = connection;
        var request = ConnectRequest();
        WatchTheClock();
        var how = (_session != 0 ? "connect, session resumed" : "connect") + (_readOnly ? ", read-only will do" : string.Empty);
        world.Network.Send(name, server.Name, MessageFamily.Client, how, false, () =>
        {
            server.Open(new LabConnection(new ConnectionId(IdOf(connection)), frames => FromServer(server, connection, frames), reason => Closed(server, connection, reason)));
            server.Take(new ConnectionId(IdOf(connection)), request);
        });
    }

    private ReadOnlyMemory<byte> ConnectRequest()
    {
        var frame = new ArrayBufferWriter<byte>(64);
        new ConnectRequest(0, _lastSeen.Value, SessionTimeout, _session, _password, _readOnly).Write(new JuteWriter(frame));
        return frame.WrittenMemory;
    }

    // A server knows connections of all clients: their numbers must differ.
    private long IdOf(long connection) => ((long)StableHash(name) << 20) + connection;

    private static int StableHash(string text) => text.Aggregate(17, (hash, letter) => ((hash * 31) + letter) & 0xffffff);

    private void ToServer(string label, bool routine, ReadOnlyMemory<byte> frame)
    {
        var (server, connection) = (_server!, _connection);
        world.Network.Send(name, server.Name, MessageFamily.Client, label, routine, () => server.Take(new ConnectionId(IdOf(connection)), frame));
    }

    private void FromServer(LabServer server, long connection, ReadOnlyMemory<byte> frames)
    {
        while (frames.Length >= 4)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(frames.Span);
            var frame = frames.Slice(4, length);
            frames = frames[(4 + length)..];
            var (label, routine) = Describe(connection, frame.Span);
            world.Network.Send(server.Name, name, MessageFamily.Client, label, routine, () => Receive(connection, frame));
        }
    }

    private (string Label, bool Routine) Describe(long connection, ReadOnlySpan<byte> frame)
    {
        var reader = new JuteReader(frame);
        if (connection == _connection && _connecting)
        {
            var response = Core.Jute.ConnectResponse.Read(ref reader);
            return (response.SessionId == 0 ? "the session has expired" : response.ReadOnly == true ? "connected, read-only" : "connected", false);
        }

        var header = ReplyHeader.Read(ref reader);
        return header.Xid == ReservedXid.Ping ? ("pong", true)
            : header.Error != ErrorCode.Ok ? ($"refused: {header.Error}", false)
            : _current?.Type == OpCode.GetData && header.Xid == _xid ? ($"{Encoding.UTF8.GetString(GetDataResponse.Read(ref reader).Data)}, as of {new Zxid(header.Zxid)}", false)
            : ($"ok, {new Zxid(header.Zxid)}", false);
    }

    private void Receive(long connection, ReadOnlyMemory<byte> frame)
    {
        if (connection != _connection)
        {
            return;
        }

        var reader = new JuteReader(frame.Span);
        if (_connecting)
        {
            Opened(Core.Jute.ConnectResponse.Read(ref reader));
            return;
        }

        var header = ReplyHeader.Read(ref reader);
        _lastSeen = header.Zxid > _lastSeen.Value ? new Zxid(header.Zxid) : _lastSeen;
        if (header.Xid != _xid || _current is null)
        {
            return;
        }

        if (header.Error == ErrorCode.Ok && _current.Type == OpCode.GetData)
        {
            LastRead = Encoding.UTF8.GetString(GetDataResponse.Read(ref reader).Data);
        }

        Error = header.Error;
        Finish(header.Error == ErrorCode.Ok ? ClientOutcome.Ok : ClientOutcome.Refused, header.Error == ErrorCode.Ok ? LabelOfSuccess() : $"{_current.Label}: {header.Error}");
    }

    private string LabelOfSuccess() => _current!.Type == OpCode.GetData ? $"{_current.Path} is {LastRead}" : _current.Label;

    private void Opened(ConnectResponse response)
    {
        _connecting = false;
        if (response.SessionId == 0)
        {
            _session = 0;
            Disconnect();
            Next();
            return;
        }

        _open = true;
        _deadline++;
        _session = response.ReadOnly == true ? 0 : response.SessionId;
        _password = response.Password.ToArray();
        world.Story.State(name, "CONNECTED", response.ReadOnly == true ? $"to {_server!.Name}, read-only" : $"to {_server!.Name}", StateMood.Good);
        Ping(_connection);
        Next();
    }

    private void Ping(long connection) => world.Loop.After(PingInterval, () =>
    {
        if (connection == _connection && _open)
        {
            var frame = new ArrayBufferWriter<byte>(8);
            new RequestHeader(ReservedXid.Ping, OpCode.Ping).Write(new JuteWriter(frame));
            ToServer("ping", routine: true, frame.WrittenMemory);
            Ping(connection);
        }
    });

    private void WatchTheClock()
    {
        var deadline = ++_deadline;
        world.Loop.After(Patience, () =>
        {
            if (deadline == _deadline && (_connecting || _current is not null))
            {
                GiveUp("no answer within 3 s");
            }
        });
    }

    private void Closed(LabServer server, long connection, string reason)
    {
        if (server.Running)
        {
            world.Network.Send(server.Name, name, MessageFamily.Client, $"closes: {reason}", false, () => Lost(connection, reason));
        }
        else if (world.Network.Reaches(server.Name, name))
        {
            world.Loop.After(EventLoop.Millisecond, () => Lost(connection, "the connection is lost"));
        }
    }

    private void Lost(long connection, string reason)
    {
        if (connection == _connection && (_open || _connecting))
        {
            GiveUp(reason);
        }
    }

    private void GiveUp(string reason)
    {
        Disconnect();
        if (_current is null && _queue.Count == 0)
        {
            world.Story.State(name, "DISCONNECTED", reason, StateMood.Bad);
            return;
        }

        _current ??= _queue.Dequeue();
        Finish(_sent ? ClientOutcome.Unknown : ClientOutcome.Unavailable, $"{_current.Label}: {reason}");
    }

    private void Disconnect()
    {
        if ((_open || _connecting) && _server is { } server && world.Network.Reaches(name, server.Name))
        {
            var id = new ConnectionId(IdOf(_connection));
            world.Loop.After(0, () => server.Close(id));
        }

        (_open, _connecting) = (false, false);
        _connection = 0;
        _deadline++;
    }

    private void Finish(ClientOutcome outcome, string detail)
    {
        (_current, _sent) = (null, false);
        _deadline++;
        Outcome = outcome;
        var mood = outcome == ClientOutcome.Ok ? StateMood.Good : StateMood.Bad;
        world.Story.State(name, outcome.ToString().ToUpperInvariant(), detail, mood);
        if (_queue.Count > 0)
        {
            Outcome = ClientOutcome.Waiting;
            world.Loop.After(0, Next);
        }
    }
}

using System.Buffers.Binary;
using System.Net;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>A client of one server: sends frames and keeps what comes back.</summary>
internal sealed class TestClient
{
    private readonly TestServer _server;
    private int _xid;

    public TestClient(TestServer server, string address = "10.0.0.1", int keptResults = 0)
    {
        _server = server;
        _xid = keptResults > 0 ? 1_000_000 : 0;
        Id = new ConnectionId(server.Ensemble.NextConnection());
        server.Clients.Add(Id, this);
        server.Step(new ReplicaInput.ConnectionOpened(Id, IPAddress.Parse(address), KeptResults: keptResults));
    }

    public ConnectionId Id { get; }

    public List<Reply> Received { get; } = [];

    public string? ClosedFor { get; private set; }

    public bool Paused { get; private set; }

    public long SessionId { get; private set; }

    public int Timeout { get; private set; }

    public byte[] Password { get; private set; } = [];

    public byte[] ConnectResponse { get; private set; } = [];

    private bool ExpectsConnectResponse { get; set; }

    /// <summary>Connects, runs the ensemble and takes the response.</summary>
    public TestClient Connect(int timeout = 4_000, long session = 0, byte[]? password = null, long seen = 0, bool? readOnly = false)
    {
        BeginConnect(timeout, session, password, seen, readOnly);
        _server.Ensemble.Run();
        return this;
    }

    public void BeginConnect(int timeout = 4_000, long session = 0, byte[]? password = null, long seen = 0, bool? readOnly = false)
    {
        ExpectsConnectResponse = true;
        SendRaw(Frames.Connect(timeout, session, password, seen, readOnly));
    }

    public void SendRaw(params byte[][] frames) =>
        _server.Step(new ReplicaInput.ClientFrames(Id, [.. frames.Select(f => (ReadOnlyMemory<byte>)f)]));

    /// <summary>Sends a request without waiting for its answer.</summary>
    /// <returns>Its xid.</returns>
    public int Send(OpCode type, byte[] body)
    {
        SendRaw(Frames.Request(++_xid, type, body));
        return _xid;
    }

    /// <summary>Sends a linearizable read of a node's data without waiting for its answer.</summary>
    /// <returns>Its xid.</returns>
    public int SendLinearizableGet(string path, bool watch = false)
    {
        SendRaw(Frames.Request(++_xid, OpCode.GetData, Frames.PathWatch(path, watch), linearizable: true));
        return _xid;
    }

    /// <summary>Sends a request under a number of the caller's, runs the ensemble, and gives its last answer, or null when none has come.</summary>
    public Reply? Write(int number, OpCode type, byte[] body)
    {
        SendRaw(Frames.Request(number, type, body));
        _server.Ensemble.Run();
        return Received.LastOrDefault(r => r.Xid == number);
    }

    /// <summary>Sends a request, runs the ensemble, and gives its answer.</summary>
    public Reply Ask(OpCode type, byte[] body)
    {
        var xid = Send(type, body);
        _server.Ensemble.Run();
        return Assert.Single(Received, r => r.Xid == xid);
    }

    public ErrorCode Error(OpCode type, byte[] body) => Ask(type, body).Error;

    public string Create(string path, string data = "", int flags = 0)
    {
        var reply = Ask(OpCode.Create, Frames.Create(path, data, flags));
        Assert.Equal(ErrorCode.Ok, reply.Error);
        return reply.Path;
    }

    public Reply Exists(string path, bool watch = false) => Ask(OpCode.Exists, Frames.PathWatch(path, watch));

    public Reply Get(string path, bool watch = false) => Ask(OpCode.GetData, Frames.PathWatch(path, watch));

    public string[] Children(string path, bool watch = false) => Ask(OpCode.GetChildren, Frames.PathWatch(path, watch)).Strings;

    /// <summary>The client's end breaks without a word.</summary>
    public void Break() => _server.Step(new ReplicaInput.ConnectionClosed(Id));

    /// <summary>Everything received since the last call, in order.</summary>
    public string[] Take()
    {
        string[] all = [.. Received.Select(r => r.ToString())];
        Received.Clear();
        return all;
    }

    public void Deliver(ReadOnlyMemory<byte> bytes)
    {
        Assert.Null(ClosedFor);
        var rest = bytes.Span;
        Assert.NotEqual(0, rest.Length);
        while (rest.Length > 0)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(rest);
            var frame = rest.Slice(4, length).ToArray();
            rest = rest[(4 + length)..];
            if (ExpectsConnectResponse)
            {
                ExpectsConnectResponse = false;
                ConnectResponse = frame;
                var reader = new JuteReader(frame);
                var response = Core.Jute.ConnectResponse.Read(ref reader);
                SessionId = response.SessionId;
                Timeout = response.Timeout;
                Password = response.Password.ToArray();
                continue;
            }

            Received.Add(new Reply(frame));
        }
    }

    public void Close(string reason)
    {
        Assert.Null(ClosedFor);
        ClosedFor = reason;
    }

    public void Pause(bool paused) => Paused = paused;
}

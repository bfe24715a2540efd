using System.Buffers.Binary;
using GrainKeeper.Differential.Tests.Wire;

namespace GrainKeeper.Differential.Tests.Driving;

/// <summary>One client's session at one side.</summary>
internal sealed class Client(Side side) : IDisposable
{
    private readonly byte[] _noPassword = new byte[16];
    private Connection? _connection;
    private Connection? _older;
    private byte[]? _password;

    public long SessionId { get; private set; }

    public Side Side => side;

    public void Connect(int timeout, long session, byte[] password, long lastZxid, bool? readOnly)
    {
        // An older connection stays open: the server has to end it.
        _older?.Dispose();
        _older = _connection;
        _connection = new Connection(side.Port);
        var record = new RecordWriter().Int(0).Long(lastZxid).Int(timeout).Long(session).Bytes(password);
        if (readOnly is { } asked)
        {
            record.Bool(asked);
        }

        _connection.Send(Connection.Frame(record.ToArray()));
    }

    public void ConnectNew(int timeout, bool? readOnly) => Connect(timeout, 0, _noPassword, 0, readOnly);

    public void Reconnect(int timeout, long lastZxid, bool wrongPassword, bool? readOnly)
    {
        var password = (byte[])(_password ?? _noPassword).Clone();
        if (wrongPassword)
        {
            password[5] ^= 1;
        }

        Connect(timeout, SessionId, password, lastZxid, readOnly);
    }

    /// <summary>Reads the ConnectResponse.</summary>
    public string ReadConnected(string label, bool isNew)
    {
        if (_connection!.Read() is not { } frame)
        {
            return "closed";
        }

        var reader = new RecordReader(frame);
        var (version, timeout, id, password) = (reader.Int(), reader.Int(), reader.Long(), reader.Bytes());
        if (id != 0 && isNew)
        {
            SessionId = id;
            _password = password;
            side.Learn(id, label);
        }

        var kept = id == 0 || password.AsSpan().SequenceEqual(_password);
        var zeros = password!.All(b => b == 0);
        return $"connected version={version} timeout={timeout} session={side.Session(id)} password={password!.Length} bytes zeros={zeros} same={kept} rest={reader.Rest()}";
    }

    /// <summary>Whether the connection before this one has been ended by the server, without a word.</summary>
    public string OlderEnded()
    {
        if (_older is not { } older)
        {
            return "no older connection";
        }

        _older = null;
        using (older)
        {
            var frames = 0;
            while (older.Read() is not null)
            {
                // Events of watches that were set before.
                frames++;
            }

            return $"older connection closed after {frames} frames";
        }
    }

    public void Send(IEnumerable<WireRequest> requests)
    {
        var bytes = new MemoryStream();
        foreach (var request in requests)
        {
            var body = request.Body;
            if (request.Relative)
            {
                body = (byte[])body.Clone();
                BinaryPrimitives.WriteInt64BigEndian(body, BinaryPrimitives.ReadInt64BigEndian(body) + side.FirstZxid);
            }

            bytes.Write(Connection.Frame(new RecordWriter().Int(request.Xid).Int(request.Type).Raw(body).ToArray()));
        }

        _connection!.Send(bytes.ToArray());
    }

    /// <summary>Reads the answers to requests, and all events before them; ends early when the server closes the connection.</summary>
    public List<string> ReadAnswers(IReadOnlyList<WireRequest> requests)
    {
        var said = new List<string>();
        for (var answered = 0; answered < requests.Count;)
        {
            if (_connection!.Read() is not { } frame)
            {
                said.Add("closed");
                break;
            }

            var isEvent = BinaryPrimitives.ReadInt32BigEndian(frame) == -1;
            said.Add(isEvent ? Answer.Event(side, frame) : Answer.Of(side, frame, requests[answered]));
            answered += isEvent ? 0 : 1;
        }

        return said;
    }

    /// <summary>Reads what comes until the server closes the connection.</summary>
    public string ReadEnd() => _connection!.Read() is { } frame ? "not closed but " + Convert.ToHexString(frame) : "closed";

    /// <summary>The connection before this one was that of another session, which has ended.</summary>
    public void ForgetOlder()
    {
        _older?.Dispose();
        _older = null;
    }

    public void Drop()
    {
        _connection?.Dispose();
        _connection = null;
        _older?.Dispose();
        _older = null;
    }

    public void Dispose() => Drop();
}

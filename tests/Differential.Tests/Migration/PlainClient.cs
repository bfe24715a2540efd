using System.Text;
using GrainKeeper.Differential.Tests.Wire;

namespace GrainKeeper.Differential.Tests.Migration;

/// <summary>A session that sends one request after the other.</summary>
internal sealed class PlainClient : IDisposable
{
    public const string Open = "world:anyone";
    private readonly Connection _connection;
    private int _xid;

    public PlainClient(int port, string administrator)
    {
        _connection = new Connection(port);
        _connection.Send(Connection.Frame(new RecordWriter().Int(0).Long(0).Int(30_000).Long(0).Bytes(new byte[16]).Bool(false).ToArray()));
        Assert.NotNull(_connection.Read());
        _connection.Send(Connection.Frame(new RecordWriter().Int(-4).Int(Operation.Auth).Int(0).Text("digest").Bytes(Encoding.UTF8.GetBytes(administrator)).ToArray()));
        Assert.Equal(0, Header(_connection.Read()!).Error);
    }

    /// <summary>The zxid in the last answer.</summary>
    public long Zxid { get; private set; }

    /// <summary>A record of create, create2 or createContainer; with a time to live of createTTL.</summary>
    public static RecordWriter CreateRecord(string path, byte[]? data, string acl, int flags, long? timeToLive = null)
    {
        var record = new RecordWriter().Text(path).Bytes(data);
        WriteAcl(record, acl).Int(flags);
        return timeToLive is { } ttl ? record.Long(ttl) : record;
    }

    public static RecordWriter WriteAcl(RecordWriter record, string acl)
    {
        var (scheme, id) = (acl[..acl.IndexOf(':', StringComparison.Ordinal)], acl[(acl.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        return record.Int(1).Int(acl == Open ? 31 : 21).Text(scheme).Text(id);
    }

    /// <summary>Sends a request and expects success.</summary>
    public RecordReader Call(int type, RecordWriter record)
    {
        _connection.Send(Connection.Frame(new RecordWriter().Int(++_xid).Int(type).Raw(record.ToArray()).ToArray()));
        var (error, zxid, reader) = Header(_connection.Read() ?? throw new InvalidDataException("the server closed the connection"));
        Assert.True(error == 0, $"request {_xid} of type {type} failed with {error}");
        Zxid = zxid;
        return reader;
    }

    public string Create(string path, byte[]? data = null, string acl = Open, int flags = 0) =>
        Call(Operation.Create, CreateRecord(path, data, acl, flags)).Text()!;

    /// <summary>Data, ACL and stat of every node.</summary>
    public SortedDictionary<string, NodeFacts> ReadAll()
    {
        var all = new SortedDictionary<string, NodeFacts>(StringComparer.Ordinal);
        var pending = new Stack<string>(["/"]);
        while (pending.TryPop(out var path))
        {
            var data = Call(Operation.GetData, new RecordWriter().Text(path).Bool(false));
            var bytes = data.Bytes();
            var stat = NodeFacts.ReadStat(data);
            var acl = Call(Operation.GetAcl, new RecordWriter().Text(path)).Rest();
            all.Add(path, new NodeFacts(bytes is null ? "null" : Convert.ToHexString(bytes), acl[..^136], stat));
            foreach (var child in Call(Operation.GetChildren, new RecordWriter().Text(path).Bool(false)).Texts())
            {
                pending.Push(path == "/" ? "/" + child : path + "/" + child);
            }
        }

        return all;
    }

    public void Dispose() => _connection.Dispose();

    private static (int Error, long Zxid, RecordReader Reader) Header(byte[] frame)
    {
        var reader = new RecordReader(frame);
        reader.Int();
        var zxid = reader.Long();
        return (reader.Int(), zxid, reader);
    }
}

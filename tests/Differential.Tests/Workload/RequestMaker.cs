using System.Text;
using GrainKeeper.Differential.Tests.Driving;
using GrainKeeper.Differential.Tests.Wire;

namespace GrainKeeper.Differential.Tests.Workload;

/// <summary>Makes requests at random: all operations, valid and invalid.</summary>
internal sealed class RequestMaker(Random random, Paths paths)
{
    private static readonly int[] UnknownOperations = [0, 10, 23, 24, 42, 99, 108, 1000, -2, -3, -12, int.MaxValue, int.MinValue];
    private readonly Acls _acls = new(random);
    private int _xid;

    /// <summary>A request that does not end its connection.</summary>
    public WireRequest Make() => random.Next(100) switch
    {
        < 22 => Create(),
        < 30 => Delete(),
        < 42 => SetData(),
        < 50 => Watching(Operation.Exists),
        < 58 => Watching(Operation.GetData),
        < 63 => Watching(Operation.GetChildren),
        < 68 => Watching(Operation.GetChildren2),
        < 71 => Path(Operation.GetAcl),
        < 75 => Path(Operation.Sync),
        < 76 => Ping(),
        < 84 => Multi(),
        < 87 => MultiRead(),
        < 91 => RemoveWatches(),
        < 94 => AddWatch(),
        < 95 => Path(Operation.GetEphemerals),
        < 96 => Path(Operation.GetAllChildrenNumber),
        < 98 => Plain(Operation.WhoAmI),
        < 99 => Reconfig(),
        _ => Malformed(),
    };

    /// <summary>
    /// A request to be sent as the last before the answers are read: ZooKeeper 3.8 judges what follows a setACL closely by the ACL before it.
    /// </summary>
    public WireRequest MakeLast() => random.Next(3) == 0 ? Broken() : SetAcl();

    /// <summary>A request to be sent alone: ZooKeeper answers it ahead of what was asked before, or drops that.</summary>
    public WireRequest MakeAlone() => random.Next(3) == 0 ? Unknown() : Auth();

    public static WireRequest Ping() => new(-2, Operation.Ping, [], "ping");

    public WireRequest Plain(int type) => new(NextXid(), type, [], string.Empty);

    private WireRequest Auth()
    {
        var (scheme, proof) = random.Next(12) switch
        {
            < 4 => ("digest", "u1:p1"),
            < 7 => ("digest", "u2:p2"),
            7 => ("digest", "super:secret"),
            8 => ("ip", "anything"),
            9 => ("nonsense", "x"),
            10 => ("digest", random.Next(2) == 0 ? "" : "nocolon"),
            _ => ("world", "anyone"),
        };
        return new WireRequest(-4, Operation.Auth, new RecordWriter().Int(0).Text(scheme).Text(proof).ToArray(), $"{scheme} {proof}");
    }

    /// <summary>The watches of a client that has come back.</summary>
    /// <param name="seen">How many transactions of the seed it has seen.</param>
    public WireRequest SetWatches(int seen)
    {
        var both = random.Next(2) == 0;
        var record = new RecordWriter().Long(seen);
        var text = new StringBuilder("since +").Append(seen);
        for (var list = 0; list < (both ? 5 : 3); list++)
        {
            var mode = list switch { 3 => Paths.WatchMode.Persistent, 4 => Paths.WatchMode.Recursive, _ => Paths.WatchMode.Standard };
            var entries = Enumerable.Range(0, random.Next(4)).Select(_ => paths.ToWatch(mode)).ToList();
            record.Texts(entries);
            text.Append(" [").AppendJoin(' ', entries).Append(']');
        }

        return new WireRequest(-8, both ? Operation.SetWatches2 : Operation.SetWatches, record.ToArray(), text.ToString(), Relative: true);
    }

    private WireRequest Create()
    {
        var type = random.Next(10) switch { < 4 => Operation.Create, < 8 => Operation.Create2, 8 => Operation.CreateContainer, _ => Operation.CreateTtl };
        var record = new RecordWriter();
        var text = Create(record, type);
        return new WireRequest(NextXid(), type, record.ToArray(), text);
    }

    private string Create(RecordWriter record, int type)
    {
        var path = paths.Any();
        var flags = type switch
        {
            _ when random.Next(25) == 0 => random.Next(2) == 0 ? random.Next(-3, 0) : random.Next(7, 12),
            Operation.CreateContainer => 4,
            Operation.CreateTtl => random.Next(5, 7),
            _ => random.Next(6) switch { < 3 => 0, 3 => 1, 4 => 2, _ => 3 },
        };
        record.Text(path).Bytes(Data());
        var acl = _acls.Write(record);
        record.Int(flags);
        var ttl = string.Empty;
        if (type == Operation.CreateTtl)
        {
            var time = random.Next(8) switch { 0 => 0, 1 => -1, 2 => (1L << 40) - 1, 3 => 1L << 40, 4 => long.MinValue, _ => 3_600_000 };
            record.Long(time);
            ttl = $" ttl={time}";
        }

        return $"{path} flags={flags} {acl}{ttl}";
    }

    private WireRequest Delete()
    {
        var (path, version) = (paths.AnyOrSystem(), Version());
        return new WireRequest(NextXid(), Operation.Delete, new RecordWriter().Text(path).Int(version).ToArray(), $"{path} version={version}");
    }

    private WireRequest SetData()
    {
        var record = new RecordWriter();
        var text = SetData(record);
        return new WireRequest(NextXid(), Operation.SetData, record.ToArray(), text);
    }

    private string SetData(RecordWriter record)
    {
        var (path, version) = (paths.Any(), Version());
        record.Text(path).Bytes(Data()).Int(version);
        return $"{path} version={version}";
    }

    private WireRequest Watching(int type)
    {
        var path = paths.AnyToRead();
        var watch = paths.ModeOf(path) == Paths.WatchMode.Standard && random.Next(4) > 0;
        return new WireRequest(NextXid(), type, new RecordWriter().Text(path).Bool(watch).ToArray(), $"{path} watch={watch}");
    }

    private WireRequest Path(int type)
    {
        var path = type == Operation.GetEphemerals && random.Next(3) == 0 ? random.Next(2) == 0 ? "/" : string.Empty : type == Operation.GetAllChildrenNumber ? paths.Good() : paths.AnyToRead();
        return new WireRequest(NextXid(), type, new RecordWriter().Text(path).ToArray(), path);
    }

    private WireRequest SetAcl()
    {
        var path = paths.Any();
        if (path == "/")
        {
            // All seeds begin with a node below it.
            path = paths.Root;
        }

        var record = new RecordWriter().Text(path);
        var acl = _acls.Write(record);
        var version = Version();
        record.Int(version);
        return new WireRequest(NextXid(), Operation.SetAcl, record.ToArray(), $"{path} {acl} version={version}");
    }

    /// <summary>Not checkWatches: in ZooKeeper 3.8 any client's watch on the path makes it say yes.</summary>
    private WireRequest RemoveWatches()
    {
        // Kinds 4 and 5, and whether 1 and 2 speak of persistent watches, are younger than 3.8.
        var path = paths.Good();
        var kind = random.Next(12) == 0 ? random.Next(2) == 0 ? random.Next(-3, 1) : random.Next(6, 9)
            : paths.ModeOf(path) == Paths.WatchMode.Standard ? random.Next(1, 4) : 3;
        return new WireRequest(NextXid(), Operation.RemoveWatches, new RecordWriter().Text(path).Int(kind).ToArray(), $"{path} kind={kind}");
    }

    private WireRequest AddWatch()
    {
        var wanted = random.Next(2) == 0 ? Paths.WatchMode.Persistent : Paths.WatchMode.Recursive;
        var (path, mode) = (paths.ToWatch(wanted), random.Next(15) == 0 ? random.Next(2) == 0 ? -1 : random.Next(2, 5) : (int)wanted);
        return new WireRequest(NextXid(), Operation.AddWatch, new RecordWriter().Text(path).Int(mode).ToArray(), $"{path} mode={mode}");
    }

    private WireRequest Reconfig()
    {
        var record = new RecordWriter().Text(null).Text(null).Text("server.1=127.0.0.1:1:2:participant;3").Long(-1);
        return new WireRequest(NextXid(), Operation.Reconfig, record.ToArray(), string.Empty);
    }

    private WireRequest Multi()
    {
        var record = new RecordWriter();
        var text = new StringBuilder();
        for (var count = random.Next(5); count > 0; count--)
        {
            var type = random.Next(14) switch
            {
                < 3 => Operation.Create,
                < 6 => Operation.Create2,
                6 => Operation.CreateContainer,
                7 => Operation.CreateTtl,
                < 10 => Operation.Delete,
                < 12 => Operation.SetData,
                _ => Operation.Check,
            };
            record.Int(type).Bool(false).Int(-1);
            text.Append(" [").Append(type).Append(' ');
            if (type is Operation.Delete or Operation.Check)
            {
                var (path, version) = (paths.Any(), Version());
                record.Text(path).Int(version);
                text.Append($"{path} version={version}");
            }
            else
            {
                text.Append(type == Operation.SetData ? SetData(record) : Create(record, type));
            }

            text.Append(']');
        }

        if (random.Next(30) == 0)
        {
            var stranger = random.Next(2) == 0 ? Operation.GetData : random.Next(-3, 30);
            record.Int(stranger).Bool(false).Int(-1).Text(paths.Good()).Bool(false);
            text.Append($" [stranger {stranger}]");
        }

        record.Int(-1).Bool(true).Int(-1);
        return new WireRequest(NextXid(), Operation.Multi, record.ToArray(), text.ToString());
    }

    private WireRequest MultiRead()
    {
        var record = new RecordWriter();
        var text = new StringBuilder();
        for (var count = random.Next(4); count > 0; count--)
        {
            var type = random.Next(30) == 0 ? random.Next(-3, 30) : random.Next(2) == 0 ? Operation.GetData : Operation.GetChildren;
            var (path, watch) = (paths.AnyToRead(), random.Next(6) == 0);
            record.Int(type).Bool(false).Int(-1).Text(path).Bool(watch);
            text.Append($" [{type} {path} watch={watch}]");
        }

        record.Int(-1).Bool(true).Int(-1);
        return new WireRequest(NextXid(), Operation.MultiRead, record.ToArray(), text.ToString());
    }

    /// <summary>A valid request with something after it, which servers pass over.</summary>
    private WireRequest Malformed()
    {
        var request = Make();
        return request with { Body = [.. request.Body, .. new byte[random.Next(1, 9)]], Text = request.Text + " and more" };
    }

    /// <summary>A valid request cut short, or with bytes changed.</summary>
    private WireRequest Broken()
    {
        WireRequest request;
        do
        {
            request = Make();
        }
        while (request.Body.Length == 0 || request.Type == Operation.Reconfig);
        return request with { Body = request.Body[..random.Next(request.Body.Length)], Text = request.Text + " cut short" };
    }

    private WireRequest Unknown() => new(NextXid(), UnknownOperations[random.Next(UnknownOperations.Length)], [], "unknown");

    private int Version() => random.Next(10) switch { < 6 => -1, < 9 => random.Next(0, 4), _ => random.Next(-3, 100) };

    private byte[]? Data()
    {
        var dice = random.Next(20);
        if (dice < 2)
        {
            return dice == 0 ? null : [];
        }

        var data = new byte[dice == 19 ? random.Next(4_000) : random.Next(1, 20)];
        random.NextBytes(data);
        return data;
    }

    private int NextXid() => ++_xid;
}

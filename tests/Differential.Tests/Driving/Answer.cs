using System.Globalization;
using System.Text;
using GrainKeeper.Differential.Tests.Wire;

namespace GrainKeeper.Differential.Tests.Driving;

/// <summary>Frames of a server as text in which everything is left that both servers must agree on.</summary>
internal static class Answer
{
    private const long LongestClockStep = 600_000;

    public static string Event(Side side, byte[] frame)
    {
        var reader = new RecordReader(frame);
        var header = $"xid={reader.Int()} zxid={side.Zxid(reader.Long())} err={reader.Int()}";
        return $"EVENT {header} type={reader.Int()} state={reader.Int()} path={Show(reader.Text())}{Rest(reader)}";
    }

    public static string Of(Side side, byte[] frame, WireRequest request)
    {
        var text = new StringBuilder();
        try
        {
            var reader = new RecordReader(frame);
            var (xid, zxid, error) = (reader.Int(), reader.Long(), reader.Int());
            text.Append(CultureInfo.InvariantCulture, $"xid={xid} zxid={side.Zxid(zxid)} err={error}");
            if (error == 0)
            {
                Body(text, side, reader, request.Type);
            }
            else if (request.Type == Operation.MultiRead)
            {
                // ZooKeeper adds the end of a list that it did not begin.
                reader.Rest();
            }

            return text.Append(Rest(reader)).ToString();
        }
        catch (InvalidDataException e)
        {
            return text.Append($" MALFORMED ({e.Message}) {Convert.ToHexString(frame)}").ToString();
        }
    }

    private static void Body(StringBuilder text, Side side, RecordReader reader, int type)
    {
        switch (type)
        {
            case Operation.Create or Operation.Sync:
                text.Append(" path=").Append(Show(reader.Text()));
                break;
            case Operation.Create2 or Operation.CreateContainer or Operation.CreateTtl:
                text.Append(" path=").Append(Show(reader.Text()));
                Stat(text, side, reader);
                break;
            case Operation.Exists or Operation.SetData or Operation.SetAcl:
                Stat(text, side, reader);
                break;
            case Operation.GetData:
                text.Append(" data=").Append(Show(reader.Bytes()));
                Stat(text, side, reader);
                break;
            case Operation.GetChildren:
                Unordered(text, reader);
                break;
            case Operation.GetChildren2:
                Unordered(text, reader);
                Stat(text, side, reader);
                break;
            case Operation.GetEphemerals:
                Unordered(text, reader);
                break;
            case Operation.GetAcl:
                Identities(text, reader, (r) => string.Create(CultureInfo.InvariantCulture, $" acl={r.Int()}:{r.Text()}:{r.Text()}"));
                Stat(text, side, reader);
                break;
            case Operation.GetAllChildrenNumber:
                text.Append(CultureInfo.InvariantCulture, $" count={reader.Int()}");
                break;
            case Operation.WhoAmI:
                Identities(text, reader, r => $" who={r.Text()}:{r.Text()}");
                break;
            case Operation.AddWatch:
                text.Append(CultureInfo.InvariantCulture, $" error={reader.Int()}");
                break;
            case Operation.Multi or Operation.MultiRead:
                Parts(text, side, reader);
                break;
        }
    }

    private static void Parts(StringBuilder text, Side side, RecordReader reader)
    {
        while (true)
        {
            var (type, done, error) = (reader.Int(), reader.Bool(), reader.Int());
            if (type == Operation.Create2 && !done)
            {
                // ZooKeeper 3.8 takes a create2 within a multi for a create and leaves out its stat, which the C client cannot read.
                text.Append(CultureInfo.InvariantCulture, $" | {Operation.Create} done={done} err={error} path={Show(reader.Text())}");
                Stat(new StringBuilder(), side, reader);
                continue;
            }

            text.Append(CultureInfo.InvariantCulture, $" | {type} done={done} err={error}");
            if (done)
            {
                return;
            }

            if (type == Operation.Error)
            {
                text.Append(CultureInfo.InvariantCulture, $" code={reader.Int()}");
            }
            else
            {
                Body(text, side, reader, type);
            }
        }
    }

    /// <summary>Times differ between the servers; that they are times of now does not.</summary>
    private static void Stat(StringBuilder text, Side side, RecordReader reader)
    {
        text.Append(CultureInfo.InvariantCulture, $" stat(czxid={side.Zxid(reader.Long())} mzxid={side.Zxid(reader.Long())}");
        text.Append(CultureInfo.InvariantCulture, $" ctime={Time(reader.Long())} mtime={Time(reader.Long())}");
        text.Append(CultureInfo.InvariantCulture, $" version={reader.Int()} cversion={reader.Int()} aversion={reader.Int()} owner={side.Session(reader.Long())}");
        text.Append(CultureInfo.InvariantCulture, $" length={reader.Int()} children={reader.Int()} pzxid={side.Zxid(reader.Long())})");
    }

    private static string Time(long time) =>
        time == 0 ? "0" : Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - time) < LongestClockStep ? "now" : time.ToString(CultureInfo.InvariantCulture);

    /// <summary>Lists of children come from hash sets: their order is no part of the contract.</summary>
    private static void Unordered(StringBuilder text, RecordReader reader) =>
        text.Append(" names=").AppendJoin(',', reader.Texts().Select(Show).Order(StringComparer.Ordinal));

    /// <summary>A client's identities are a hash set in ZooKeeper, and so are those that "auth" in an ACL stands for.</summary>
    private static void Identities(StringBuilder text, RecordReader reader, Func<RecordReader, string> read)
    {
        var entries = new List<string>();
        for (var count = reader.Int(); count > 0; count--)
        {
            entries.Add(read(reader));
        }

        text.AppendJoin(null, entries.Order(StringComparer.Ordinal));
    }

    private static string Rest(RecordReader reader) => reader.Remaining > 0 ? " REST=" + reader.Rest() : string.Empty;

    private static string Show(string? text) => text is null ? "null" : "'" + text + "'";

    private static string Show(byte[]? bytes) => bytes is null ? "null" : "'" + Convert.ToHexString(bytes) + "'";
}

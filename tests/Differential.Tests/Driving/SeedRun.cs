using System.Globalization;
using System.Text;
using GrainKeeper.Differential.Tests.Wire;
using GrainKeeper.Differential.Tests.Workload;

namespace GrainKeeper.Differential.Tests.Driving;

/// <summary>
/// One seed: some clients take turns at the same requests to both servers. A client sends a few requests at once and waits for the answers before the next
/// client's turn. So what each client receives, and in which order, is determined, events included: whoever heard of a change hears its events ahead of the answer
/// to anything asked later.
/// </summary>
internal sealed class SeedRun : IDisposable
{
    private const int Clients = 4;

    // Longer than all seeds together take: a session that a client has left behind must not end in the midst of a later seed, at a time of its server's own.
    private const int Timeout = ServerPair.SessionTimeout;
    private const int RememberedSteps = 12;
    private const string Unimplemented = " err=-6";
    private readonly Random _random;
    private readonly (Side Reference, Side Ours) _sides;
    private readonly Seat[] _seats;
    private readonly RequestMaker _maker;
    private readonly Queue<string> _story = new();
    private readonly string _root;
    private int _requests;

    public SeedRun(long seed, Side reference, Side ours)
    {
        _random = new Random(unchecked((int)(seed ^ (seed >> 32))));
        _root = "/seed" + seed.ToString(CultureInfo.InvariantCulture) + "-" + Guid.NewGuid().ToString("N")[..8];
        _sides = (reference, ours);
        _seats = [.. Enumerable.Range(0, Clients).Select(n => new Seat(n, new Client(reference), new Client(ours)))];
        _maker = new RequestMaker(_random, new Paths(_random, _root));
    }

    /// <summary>Events and answers compared.</summary>
    public long Frames { get; private set; }

    /// <summary>Events among them.</summary>
    public long Events { get; private set; }

    /// <summary>Runs it.</summary>
    /// <exception cref="DifferenceException">The servers disagree.</exception>
    public void Run(int requests)
    {
        Begin();
        foreach (var seat in _seats)
        {
            Open(seat);
        }

        while (_requests < requests)
        {
            Step(_seats[_random.Next(Clients)]);
        }

        foreach (var seat in _seats)
        {
            // What has not been heard yet comes ahead of this answer.
            Ask(seat, [RequestMaker.Ping()]);
            Ask(seat, [_maker.Plain(Operation.CloseSession)], ends: true);
        }
    }

    public void Dispose()
    {
        foreach (var seat in _seats)
        {
            seat.Reference.Dispose();
            seat.Ours.Dispose();
        }
    }

    private void Begin()
    {
        foreach (var side in new[] { _sides.Reference, _sides.Ours })
        {
            using var client = new Client(side);
            side.Begin(0);
            client.ConnectNew(Timeout, false);
            client.ReadConnected("root", isNew: true);
            var create = new RecordWriter().Text(_root).Bytes([]).Int(1).Int(31).Text("world").Text("anyone").Int(0).ToArray();
            var requests = new[] { new WireRequest(1, Operation.Create2, create, "root"), _maker.Plain(Operation.CloseSession) };
            client.Send(requests);
            var answers = client.ReadAnswers(requests);
            if (!long.TryParse(answers[0].Split("czxid=+")[^1].Split(' ')[0], CultureInfo.InvariantCulture, out var zxid))
            {
                throw new DifferenceException($"{side.Name} made no root for the seed: {answers[0]}");
            }

            side.Begin(zxid);
        }
    }

    private void Step(Seat seat)
    {
        switch (_random.Next(100))
        {
            case < 84:
                Ask(seat, [.. Enumerable.Range(0, _random.Next(1, 13)).Select(_ => _maker.Make())]);
                break;
            case < 94:
                Ask(seat, [.. Enumerable.Range(0, _random.Next(0, 6)).Select(_ => _maker.Make()), _maker.MakeLast()], mayEnd: true);
                break;
            case < 95:
                Ask(seat, [_maker.MakeAlone()], mayEnd: true);
                break;
            case < 96:
                Ask(seat, [_maker.SetWatches(_random.Next(_requests + 1))]);
                break;
            case < 98:
                Ask(seat, [_maker.Plain(Operation.CloseSession)], ends: true);
                Open(seat);
                break;
            default:
                Reconnect(seat);
                break;
        }
    }

    private void Open(Seat seat)
    {
        seat.Generation++;
        bool? readOnly = _random.Next(4) == 0 ? null : false;
        seat.Both(c => c.ConnectNew(Timeout, readOnly));
        Compare($"{seat.Label} connects anew, readOnly={readOnly}", seat, c => [c.ReadConnected(seat.Label, isNew: true)]);
        seat.Both(c => c.ForgetOlder());
    }

    private void Reconnect(Seat seat)
    {
        var kind = _random.Next(10);
        var what = kind switch { 0 => "with a wrong password", 1 => "from the future", 2 or 3 => "while connected", _ => "after a drop" };
        var seen = kind == 1 ? 1_000_000 : _random.Next(_requests / 4);
        if (kind is not (2 or 3))
        {
            seat.Both(c => c.Drop());
        }

        seat.Both(c => c.Reconnect(Timeout, c.Side.FirstZxid + seen, wrongPassword: kind == 0, false));
        if (kind == 1)
        {
            Compare($"{seat.Label} reconnects {what}", seat, c => [c.ReadEnd()]);
            seat.Both(c => c.Drop());
            seat.Both(c => c.Reconnect(Timeout, 0, wrongPassword: false, false));
        }

        Compare($"{seat.Label} reconnects {what}", seat, c => [c.ReadConnected(seat.Label, isNew: false)]);
        if (kind is 2 or 3)
        {
            Compare($"{seat.Label} is heard of on its older connection", seat, c => [c.OlderEnded()]);
        }

        if (kind == 0)
        {
            Compare($"{seat.Label} after the wrong password", seat, c => [c.ReadEnd()]);
            Recover(seat);
        }
        else if (_random.Next(3) > 0)
        {
            Ask(seat, [_maker.SetWatches(seen)]);
        }
    }

    private void Ask(Seat seat, IReadOnlyList<WireRequest> requests, bool mayEnd = false, bool ends = false)
    {
        _requests += requests.Count;
        if (ends)
        {
            foreach (var other in _seats)
            {
                other.HeardOfAnEnd = true;
            }
        }

        seat.Both(c => c.Send(requests));
        var what = seat.Label + " asks\n      " + string.Join("\n      ", requests);
        var answers = Compare(what, seat, c => c.ReadAnswers(requests));
        if (ends && answers[^1] != "closed")
        {
            Compare(seat.Label + " hears the end", seat, c => [c.ReadEnd()]);
        }

        if (!mayEnd || answers[^1] == "closed")
        {
            if (!ends && answers[^1] == "closed")
            {
                Recover(seat);
            }

            return;
        }

        if (answers[^1].Contains(Unimplemented, StringComparison.Ordinal))
        {
            // ZooKeeper closes the connection a moment after this answer, and may or may not read a ping before that.
            Compare(seat.Label + " hears the end", seat, c => [c.ReadEnd()]);
            Recover(seat);
            return;
        }

        var ping = new[] { RequestMaker.Ping() };
        seat.Both(c => c.Send(ping));
        if (Compare(seat.Label + " asks whether it is still connected", seat, c => c.ReadAnswers(ping))[^1] == "closed")
        {
            Recover(seat);
        }
    }

    /// <summary>After a server ended a connection: the session lives on.</summary>
    private void Recover(Seat seat)
    {
        seat.Both(c => c.Drop());
        seat.Both(c => c.Reconnect(Timeout, 0, wrongPassword: false, false));
        Compare($"{seat.Label} reconnects after its connection was ended", seat, c => [c.ReadConnected(seat.Label, isNew: false)]);
    }

    private List<string> Compare(string what, Seat seat, Func<Client, List<string>> read)
    {
        List<string> expected, actual;
        try
        {
            expected = read(seat.Reference);
            actual = read(seat.Ours);
        }
        catch (Exception e) when (e is TimeoutException or InvalidDataException)
        {
            throw new DifferenceException($"{what}\n{e.Message}\nbefore that:\n{string.Join('\n', _story)}");
        }

        if (seat.HeardOfAnEnd)
        {
            SortDeletions(expected);
            SortDeletions(actual);
            seat.HeardOfAnEnd = expected.TrueForAll(a => a.StartsWith("EVENT", StringComparison.Ordinal));
        }

        Frames += actual.Count;
        Events += actual.Count(a => a.StartsWith("EVENT", StringComparison.Ordinal));
        if (!expected.SequenceEqual(actual))
        {
            throw new DifferenceException(Describe(what, expected, actual));
        }

        _story.Enqueue("  " + what + "\n    " + string.Join("\n    ", actual));
        if (_story.Count > RememberedSteps)
        {
            _story.Dequeue();
        }

        return actual;
    }

    /// <summary>
    /// The ephemerals of a session that ends are deleted in the order of a hash set in ZooKeeper: the order of the events between two answers says nothing then.
    /// </summary>
    private static void SortDeletions(List<string> said)
    {
        for (var start = 0; start < said.Count; start++)
        {
            var end = start;
            while (end < said.Count && said[end].StartsWith("EVENT", StringComparison.Ordinal))
            {
                end++;
            }

            said.Sort(start, end - start, StringComparer.Ordinal);
            start = end;
        }
    }

    private string Describe(string what, List<string> expected, List<string> actual)
    {
        var text = new StringBuilder(what).Append('\n');
        for (var i = 0; i < Math.Max(expected.Count, actual.Count); i++)
        {
            var (theirs, ours) = (i < expected.Count ? expected[i] : "nothing", i < actual.Count ? actual[i] : "nothing");
            text.Append(theirs == ours ? $"   both      {ours}\n" : $"   ZooKeeper {theirs}\n   ours      {ours}\n");
        }

        return text.Append("before that:\n").AppendJoin('\n', _story).ToString();
    }
}

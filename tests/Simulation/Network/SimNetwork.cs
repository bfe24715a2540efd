using System.Buffers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Simulation.Network;

/// <summary>
/// The links between servers. In good times each is FIFO and a loss is reported to the sender (and often to the receiver), late. While chaos reigns
/// messages are also lost silently, doubled and overtaken, which only the numbering of <see cref="ZabEnvelope"/> can notice.
/// </summary>
public sealed class SimNetwork
{
    private readonly EventLoop _loop;
    private readonly SimRandom _random;
    private readonly SimulationProfile _profile;
    private readonly Trace _trace;
    private readonly Link[,] _links;
    private readonly INetworkEnd?[] _ends;

    /// <summary>Makes a network in which every link is up.</summary>
    public SimNetwork(EventLoop loop, SimRandom random, SimulationProfile profile, Trace trace)
    {
        _loop = loop;
        _random = random;
        _profile = profile;
        _trace = trace;
        _ends = new INetworkEnd?[profile.Servers + 1];
        _links = new Link[profile.Servers + 1, profile.Servers + 1];
        for (var a = 1; a <= profile.Servers; a++)
        {
            for (var b = 1; b <= profile.Servers; b++)
            {
                _links[a, b] = new Link();
            }
        }
    }

    /// <summary>Whether messages are lost, doubled and overtaken below the links.</summary>
    public bool ChaosReigns { get; set; }

    /// <summary>Messages handed over.</summary>
    public long Sent { get; private set; }

    /// <summary>Messages lost.</summary>
    public long Lost { get; private set; }

    /// <summary>Connects a server.</summary>
    public void Attach(ServerId id, INetworkEnd end) => _ends[id.Value] = end;

    /// <summary>Takes a message.</summary>
    public void Send(ServerId from, ServerId to, NetworkMessage message)
    {
        Sent++;
        var link = _links[from.Value, to.Value];
        var target = _ends[to.Value];
        if (link.Blocked || link.DownUntil > _loop.Now || target is not { Running: true })
        {
            Lose(from, to, link);
            return;
        }

        var wire = _profile.UseCodecs ? MessageCodecs.RoundTrip(message) : message;
        var chaos = ChaosReigns && _random.Chance(_profile.Chaos);
        var arrival = _loop.Now + Delay();
        if (!chaos)
        {
            arrival = Math.Max(arrival, link.LastArrival);
            link.LastArrival = arrival;
            Deliver(from, to, wire, arrival, target.Incarnation);
            return;
        }

        switch (_random.Below(4))
        {
            case 0:
                Lost++;
                return;
            case 1:
                Deliver(from, to, wire, arrival + _random.Between(0, 300 * EventLoop.Millisecond), target.Incarnation);
                return;
            case 2:
                Deliver(from, to, wire, arrival, target.Incarnation);
                Deliver(from, to, wire, arrival + _random.Between(0, 5 * EventLoop.Second), anyIncarnation);
                return;
            default:
                Deliver(from, to, wire, arrival + _random.Between(0, 5 * EventLoop.Second), anyIncarnation);
                return;
        }
    }

    /// <summary>Breaks the connection of two servers; it comes up again by itself after <paramref name="down"/> microseconds.</summary>
    public void Break(ServerId a, ServerId b, long down)
    {
        foreach (var (from, to) in new[] { (a, b), (b, a) })
        {
            var link = _links[from.Value, to.Value];
            link.DownUntil = Math.Max(link.DownUntil, _loop.Now + down);
            ReportLoss(from, to, link, _random.Between(0, 50 * EventLoop.Millisecond));
        }

        _loop.After(down, () => Connected(a, b));
    }

    /// <summary>Lets nothing through from one server to another, until <see cref="HealAll"/>.</summary>
    public void Block(ServerId from, ServerId to) => _links[from.Value, to.Value].Blocked = true;

    /// <summary>Ends all partitions and breaks.</summary>
    public void HealAll()
    {
        for (var a = 1; a < _ends.Length; a++)
        {
            for (var b = 1; b < _ends.Length; b++)
            {
                var link = _links[a, b];
                if (link.Blocked || link.DownUntil > _loop.Now)
                {
                    link.Blocked = false;
                    link.DownUntil = 0;
                    var (from, to) = (new ServerId(a), new ServerId(b));
                    ReportLoss(from, to, link, 0);
                    _loop.After(_random.Between(0, 100 * EventLoop.Millisecond), () => Connected(from, to));
                }
            }
        }
    }

    /// <summary>A server's process has ended: its peers notice, mostly at once.</summary>
    public void EndLost(ServerId id)
    {
        for (var peer = 1; peer < _ends.Length; peer++)
        {
            if (peer != id.Value)
            {
                var from = new ServerId(peer);
                var quick = !_links[peer, id.Value].Blocked && _random.Chance(0.8);
                ReportLoss(from, id, _links[peer, id.Value], quick ? _random.Between(0, 5 * EventLoop.Millisecond) : LossDelay());
            }
        }
    }

    /// <summary>A server's process has started: its links come up.</summary>
    public void EndStarted(ServerId id)
    {
        for (var peer = 1; peer < _ends.Length; peer++)
        {
            if (peer != id.Value)
            {
                var other = new ServerId(peer);
                _loop.After(_random.Between(0, 20 * EventLoop.Millisecond), () => Connected(id, other));
            }
        }
    }

    private const int anyIncarnation = -1;

    private void Deliver(ServerId from, ServerId to, NetworkMessage message, long arrival, int incarnation) => _loop.At(arrival, () =>
    {
        var target = _ends[to.Value]!;
        if (target.Running && (incarnation == anyIncarnation || incarnation == target.Incarnation))
        {
            target.Receive(from, message);
        }
        else
        {
            Lost++;
        }
    });

    private void Lose(ServerId from, ServerId to, Link link)
    {
        Lost++;
        ReportLoss(from, to, link, LossDelay());
    }

    private void ReportLoss(ServerId from, ServerId to, Link link, long delay)
    {
        if (link.LossPending)
        {
            return;
        }

        link.LossPending = true;
        var tellReceiver = _random.Chance(0.5);
        _loop.After(delay, () =>
        {
            link.LossPending = false;
            _trace.Tell("net", $"link {from} → {to} lost messages: told {(tellReceiver ? "both" : "the sender")}");
            _ends[from.Value]!.PeerLost(to);
            if (tellReceiver)
            {
                _ends[to.Value]!.PeerLost(from);
            }
        });
    }

    private void Connected(ServerId a, ServerId b)
    {
        if (Open(a, b) && Open(b, a))
        {
            _ends[a.Value]!.PeerConnected(b);
            _ends[b.Value]!.PeerConnected(a);
        }
    }

    private bool Open(ServerId from, ServerId to)
    {
        var link = _links[from.Value, to.Value];
        return !link.Blocked && link.DownUntil <= _loop.Now && _ends[to.Value] is { Running: true };
    }

    private long Delay() => _random.Chance(_profile.Stragglers)
        ? _random.Between(_profile.MinDelay, 200 * EventLoop.Millisecond)
        : _random.Between(_profile.MinDelay, _profile.MaxDelay);

    private long LossDelay() => _random.Chance(0.5)
        ? _random.Between(0, 100 * EventLoop.Millisecond)
        : _random.Between(0, 3 * EventLoop.Second);
}

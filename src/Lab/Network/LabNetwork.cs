using GrainKeeper.Lab.Scheduling;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Network;

/// <summary>
/// Carries messages between all ends of a scenario: in order on each link, late by a few milliseconds that the seed chooses. It loses what a scenario tells it to lose, what is
/// sent across a partition, and what is sent to a process that does not run.
/// </summary>
internal sealed class LabNetwork(EventLoop loop, SimRandom random, StoryRecorder story)
{
    private const long ShortestDelay = 800;
    private const long LongestDelay = 3_000;

    /// <summary>How long nobody notices that a partition swallows messages.</summary>
    private const long SilentLoss = EventLoop.Second;

    private readonly Dictionary<string, ILabEnd> _ends = [];
    private readonly Dictionary<(string From, string To), long> _lastArrival = [];
    private readonly Dictionary<(string From, string To), long> _slow = [];
    private readonly HashSet<(string, string)> _lossTold = [];
    private readonly List<DropRule> _drops = [];
    private IReadOnlyList<IReadOnlyList<string>> _groups = [];

    internal void Attach(ILabEnd end) => _ends.Add(end.Name, end);

    internal void Drop(DropRule rule) => _drops.Add(rule);

    internal void Slow(string from, string to, long delay) => _slow[(from, to)] = delay;

    /// <summary>Whether no partition lies between two ends. Who is in no group reaches everybody.</summary>
    internal bool Reaches(string a, string b)
    {
        var groupOfA = _groups.FirstOrDefault(g => g.Contains(a));
        return groupOfA is null || groupOfA.Contains(b) || !_groups.Any(g => g.Contains(b));
    }

    /// <summary>Sends; <paramref name="deliver"/> runs when it arrives.</summary>
    internal void Send(string from, string to, MessageFamily family, string label, bool routine, Action deliver)
    {
        var message = story.Send(from, to, family, label, routine);
        var target = _ends[to];
        var rule = _drops.Find(r => r.Takes(from, to, label, routine));
        if (rule is not null)
        {
            _drops.RemoveAll(r => r.IsUsedUp);
            story.Lost(message, "lost");
            TellOfLoss(from, to, 20 * EventLoop.Millisecond);
        }
        else if (!target.Running)
        {
            story.Lost(message, $"{to} is down");
            TellOfLoss(from, to, EventLoop.Millisecond);
        }
        else if (!Reaches(from, to))
        {
            story.Lost(message, "cut off");
            TellOfLoss(from, to, SilentLoss);
        }
        else
        {
            Deliver(message, from, target, deliver);
        }
    }

    internal void Part(IReadOnlyList<IReadOnlyList<string>> groups)
    {
        story.Part("partition: " + string.Join(" | ", groups.Select(g => string.Join(' ', g))), groups);
        _groups = groups;
    }

    internal void Heal()
    {
        story.Part("the network is whole again", []);
        var before = _groups;
        _groups = [];
        _slow.Clear();
        foreach (var (a, b) in Pairs().Where(p => IsCut(before, p.A.Name, p.B.Name)))
        {
            Break(a, b);
            ConnectLater(a, b);
        }
    }

    /// <summary>A process has started: its peers hear of it. It tells them of itself.</summary>
    internal void Started(ILabEnd end)
    {
        foreach (var peer in _ends.Values.Where(p => p != end))
        {
            _lossTold.Remove((peer.Name, end.Name));
            _lossTold.Remove((end.Name, peer.Name));
            if (end.HearsOfLinks && peer is { HearsOfLinks: true, Running: true })
            {
                var incarnation = end.Incarnation;
                loop.After(Delay(), () =>
                {
                    if (end.Running && end.Incarnation == incarnation && peer.Running && Reaches(peer.Name, end.Name))
                    {
                        peer.PeerConnected(end.Name);
                    }
                });
            }
        }
    }

    /// <summary>A process has ended: its peers notice that their connections close, those behind a partition do not.</summary>
    internal void Ended(ILabEnd end)
    {
        foreach (var peer in _ends.Values.Where(p => p.Running && p != end && Reaches(p.Name, end.Name)))
        {
            TellOfLoss(peer.Name, end.Name, Delay());
        }
    }

    private static bool IsCut(IReadOnlyList<IReadOnlyList<string>> groups, string a, string b) =>
        groups.Any(g => g.Contains(a) && !g.Contains(b)) && groups.Any(g => g.Contains(b));

    private void Deliver(int message, string from, ILabEnd target, Action deliver)
    {
        var link = (from, target.Name);
        var arrival = loop.Now + Delay() + _slow.GetValueOrDefault(link);
        arrival = Math.Max(arrival, _lastArrival.GetValueOrDefault(link) + 1);
        _lastArrival[link] = arrival;
        var incarnation = target.Incarnation;
        loop.At(arrival, () =>
        {
            if (!target.Running || target.Incarnation != incarnation)
            {
                story.Lost(message, $"{target.Name} is down");
            }
            else if (!Reaches(from, target.Name))
            {
                story.Lost(message, "cut off");
                TellOfLoss(from, target.Name, SilentLoss);
            }
            else
            {
                story.Arrived(message);
                deliver();
            }
        });
    }

    /// <summary>Between servers a loss is a broken connection, of which both sides hear some time later; whether it can be made again is another matter.</summary>
    private void TellOfLoss(string from, string to, long delay)
    {
        var (sender, receiver) = (_ends[from], _ends[to]);
        if (!sender.HearsOfLinks || !receiver.HearsOfLinks || !_lossTold.Add((from, to)))
        {
            return;
        }

        loop.After(delay, () =>
        {
            _lossTold.Remove((from, to));
            Break(sender, receiver);
            if (receiver.Running && Reaches(from, to))
            {
                ConnectLater(sender, receiver);
            }
            else
            {
                // Nobody needs to hear of it again before they can talk again.
                _lossTold.Add((from, to));
            }
        });
    }

    private static void Break(ILabEnd a, ILabEnd b)
    {
        if (a.Running)
        {
            a.PeerLost(b.Name);
        }

        if (b.Running)
        {
            b.PeerLost(a.Name);
        }
    }

    private void ConnectLater(ILabEnd a, ILabEnd b) => loop.After(Delay(), () =>
    {
        if (a.Running && b.Running && Reaches(a.Name, b.Name))
        {
            _lossTold.Remove((a.Name, b.Name));
            _lossTold.Remove((b.Name, a.Name));
            a.PeerConnected(b.Name);
            b.PeerConnected(a.Name);
        }
    });

    private IEnumerable<(ILabEnd A, ILabEnd B)> Pairs()
    {
        ILabEnd[] ends = [.. _ends.Values.Where(e => e.HearsOfLinks)];
        return ends.SelectMany((a, i) => ends.Skip(i + 1).Select(b => (a, b)));
    }

    private long Delay() => random.Between(ShortestDelay, LongestDelay);
}

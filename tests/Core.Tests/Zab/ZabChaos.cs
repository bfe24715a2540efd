using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Zab;

/// <summary>
/// One seeded run: a <see cref="ZabNetwork"/> under proposals, crashes with partly flushed disks, broken and cut links, doubled and lost messages, slow disks,
/// stalls, purged logs and an election that names leaders early, late, or wrongly. In the end everything heals, and all must agree.
/// </summary>
internal sealed class ZabChaos
{
    private readonly Random _random;
    private readonly ZabNetwork _net;
    private readonly int _participants;
    private readonly int _trouble;
    private int _proposals;

    public ZabChaos(int seed, int participants, int observers)
    {
        _random = new Random(seed);
        _participants = participants;
        _trouble = Pick(2, 6, 15, 40);
        var options = new ZabOptions
        {
            HeartbeatInterval = 250,
            SyncTimeout = 2_000,
            InitTimeout = 5_000,
            RecentTxns = Pick(1, 3, 10, 1_000),
            RecentBytes = Pick(100, 1_000, 1_000_000),
            MaxOutstanding = Pick(3, 20, 1_000),
            MaxBatchBytes = Pick(1, 200, 100_000),
            MaxDiffBytes = Pick(0, 500, 5_000, 1_000_000),
            SnapshotWindow = Pick(1, 3),
            LastCounter = (uint)Pick(5, 40, int.MaxValue),
        };
        _net = new ZabNetwork(participants, observers, options);
        foreach (var node in _net.Nodes.Values)
        {
            node.RecentOnStart = Pick(0, 1, 5, 1_000);
        }
    }

    public ZabNetwork Network => _net;

    /// <summary>What was reached, so that a test can demand that the runs are not idle.</summary>
    public int Epochs { get; private set; }

    public int Snapshots { get; private set; }

    public int Truncations { get; private set; }

    public int Diffs { get; private set; }

    public void Run(int steps)
    {
        _net.StartAll();
        for (var i = 0; i < steps; i++)
        {
            Act();
        }

        Heal();
        foreach (var effect in _net.Nodes.Values.SelectMany(n => n.Effects).OfType<ZabEffect.Send>())
        {
            Snapshots += effect.Envelope.Message is ZabMessage.SyncSnapshot ? 1 : 0;
            Truncations += effect.Envelope.Message is ZabMessage.SyncTruncate ? 1 : 0;
            Diffs += effect.Envelope.Message is ZabMessage.SyncDiff ? 1 : 0;
        }

        // Nothing that this run does to them makes a sound server look like a faulty one.
        Assert.All(_net.Nodes.Values, n => Assert.Empty(n.Faults));
        Epochs = _net.Nodes.Values.Max(n => n.Peer.CurrentEpoch.Value);
    }

    private int Pick(params int[] values) => values[_random.Next(values.Length)];

    private ZabNode Any() => _net.Nodes.Values.ElementAt(_random.Next(_net.Nodes.Count));

    private void Act()
    {
        // Trouble comes at a rate of its own in each run: only calm ones get far, only wild ones get into the corners.
        var dice = _random.Next(960 + _trouble);
        switch (dice)
        {
            case < 550:
                DeliverOne();
                break;
            case < 700:
                FlushOne();
                break;
            case < 800:
                Propose();
                break;
            case < 860:
                Elect();
                break;
            case < 960:
                Pass(_random.Next(0, 60));
                break;
            default:
                Disturb();
                break;
        }
    }

    private void Disturb()
    {
        switch (960 + _random.Next(40))
        {
            case < 965:
                Pass(_random.Next(200, 3_000));
                break;
            case < 972:
                CrashOrStart();
                break;
            case < 980:
                _net.Break(Any().Id.Value, Any().Id.Value is var b ? b : 0);
                break;
            case < 984:
                CutOne();
                break;
            case < 990:
                _net.Heal();
                break;
            case < 993:
                PurgeOne();
                break;
            case < 997:
                StepDownOne();
                break;
            default:
                LoseOne();
                break;
        }
    }

    private void DeliverOne()
    {
        var busy = _net.BusyLinks.ToList();
        if (busy.Count == 0)
        {
            return;
        }

        var (from, to) = busy[_random.Next(busy.Count)];
        var burst = _random.Next(1, 5);
        for (var i = 0; i < burst && _net.Waiting(from, to) > 0; i++)
        {
            _net.Deliver(from, to, twice: _random.Next(20) == 0);
        }
    }

    private void FlushOne()
    {
        var node = Any();
        if (node.IsUp)
        {
            node.FlushDisk(_random.Next(3) == 0 ? int.MaxValue : _random.Next(1, 4));
        }
    }

    private void Propose()
    {
        var leader = _net.Nodes.Values.Where(n => n.IsUp && n.Peer.CanPropose).MaxBy(n => (n.Peer.CurrentEpoch, _random.Next()));
        if (_random.Next(5) == 0)
        {
            // An old leader that has not noticed yet goes on proposing.
            leader = _net.Nodes.Values.FirstOrDefault(n => n.IsUp && n.Peer.CanPropose);
        }

        for (var count = _random.Next(1, 6); leader is not null && leader.Peer.CanPropose && count > 0; count--)
        {
            leader.Queue(TxnKind.Application, System.Text.Encoding.UTF8.GetBytes($"p{++_proposals}" + new string('x', _random.Next(60))));
        }

        leader?.Flush();
    }

    private void Elect()
    {
        var looking = _net.Nodes.Values.Where(n => n.IsUp && n.Peer.Role == ZabRole.Looking).ToList();
        if (looking.Count == 0)
        {
            return;
        }

        var leading = _net.Nodes.Values.Where(n => n.IsUp && n.Peer.Role == ZabRole.Leading).ToList();
        if (leading.Count > 0 && _random.Next(4) != 0)
        {
            var follower = looking[_random.Next(looking.Count)];
            follower.Step(new ZabInput.Elected(leading[_random.Next(leading.Count)].Id));
            return;
        }

        var candidates = looking.Where(n => n.Id.Value <= _participants).ToList();
        if (candidates.Count == 0)
        {
            return;
        }

        var best = _random.Next(8) == 0
            ? candidates[_random.Next(candidates.Count)]
            : candidates.MaxBy(n => (n.Peer.CurrentEpoch, n.Peer.LastLogged, n.Id))!;
        foreach (var node in looking.OrderBy(_ => _random.Next()).ToList())
        {
            if (node.Peer.Role == ZabRole.Looking && (node == best || _random.Next(5) != 0) && !_net.IsCut(node.Id.Value, best.Id.Value))
            {
                node.Step(new ZabInput.Elected(best.Id));
            }
        }
    }

    /// <summary>Time passes; now and then some server sleeps through its deadline.</summary>
    private void Pass(long ms)
    {
        _net.Time += ms;
        foreach (var node in _net.Nodes.Values.ToList())
        {
            if (node.IsUp && node.Peer.NextDeadline <= _net.Time && _random.Next(12) != 0)
            {
                node.Step(new ZabInput.Tick());
            }
        }
    }

    private void CrashOrStart()
    {
        var down = _net.Nodes.Values.Where(n => !n.IsUp).ToList();
        if (down.Count > 0 && _random.Next(3) != 0)
        {
            down[_random.Next(down.Count)].Start();
        }
        else if (Any() is { IsUp: true } node)
        {
            _net.Crash(node.Id.Value, _random.Next(node.Disk.Waiting + 1));
        }
    }

    private void CutOne()
    {
        int a = Any().Id.Value, b = Any().Id.Value;
        if (a != b)
        {
            _net.Cut(a, b);
        }
    }

    private void LoseOne()
    {
        var busy = _net.BusyLinks.ToList();
        if (busy.Count > 0)
        {
            var (from, to) = busy[_random.Next(busy.Count)];
            _net.LoseNext(from, to);
        }
    }

    private void StepDownOne()
    {
        var node = Any();
        if (node.IsUp)
        {
            node.Step(new ZabInput.StepDown("told to"));
        }
    }

    /// <summary>A log is shortened to what a snapshot covers. As on a real disk, that is taken of what is applied and committed.</summary>
    private void PurgeOne()
    {
        var node = Any();
        if (!node.IsUp || node.Peer.Phase != ZabPhase.Broadcast || node.Disk.Waiting > 0)
        {
            return;
        }

        var limit = node.Peer.LastCommitted < node.Disk.Last ? node.Peer.LastCommitted : node.Disk.Last;
        var candidates = node.Disk.Log.Where(t => t.Zxid <= limit).ToList();
        if (candidates.Count > 0)
        {
            node.Disk.Purge(candidates[_random.Next(candidates.Count)].Zxid);
        }
    }

    private void Heal()
    {
        _net.Heal();
        foreach (var node in _net.Nodes.Values.Where(n => !n.IsUp).ToList())
        {
            node.Start();
        }

        for (var attempt = 0; attempt < 200; attempt++)
        {
            // Long enough for a learner to notice that a leader no longer knows it.
            _net.Settle();
            _net.Advance(attempt % 4 == 3 ? 3_000 : 300);
            if (attempt % 4 == 3 && _net.Nodes.Values.All(n => n.Peer.Phase == ZabPhase.Broadcast))
            {
                var leader = _net.Nodes.Values.Single(n => n.Peer.Role == ZabRole.Leading);
                if (leader.Peer.CanPropose)
                {
                    leader.Propose("last");
                    _net.Settle();
                }

                if (_net.Nodes.Values.All(n => n.Peer.Phase == ZabPhase.Broadcast))
                {
                    _net.DemandAgreement();
                    return;
                }
            }

            ElectWell();
        }

        Assert.Fail("the healed ensemble finds no leader: " + string.Join("; ", _net.Nodes.Values.Select(n =>
            $"{n.Id} {n.Peer.Role}/{n.Peer.Phase} of {n.Peer.Leader}, epochs {n.Peer.CurrentEpoch}/{n.Peer.AcceptedEpoch}, {n.Peer.LastLogged}, "
            + string.Join(" | ", n.Reasons.TakeLast(4)))));
    }

    /// <summary>As FastLeaderElection decides: the most history of a quorum that looks, or a leader that already is.</summary>
    private void ElectWell()
    {
        var looking = _net.Nodes.Values.Where(n => n.Peer.Role == ZabRole.Looking).ToList();
        var leader = _net.Nodes.Values.Where(n => n.Peer.Role == ZabRole.Leading).MaxBy(n => n.Peer.Phase)
            ?? looking.Where(n => n.Id.Value <= _participants).MaxBy(n => (n.Peer.CurrentEpoch, n.Peer.LastLogged, n.Id));
        if (leader is null || looking.Count(n => n.Id.Value <= _participants) * 2 <= _participants && leader.Peer.Role != ZabRole.Leading)
        {
            return;
        }

        foreach (var node in looking.OrderBy(n => n == leader ? 0 : 1))
        {
            node.Step(new ZabInput.Elected(leader.Id));
        }
    }
}

using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Zab;

/// <summary>
/// A small ensemble of peers on one thread with links, disks and a clock that tests drive, and an oracle in place of the election. After
/// every delivery and change of role it checks ZAB's properties (DSN 2011, section III).
/// </summary>
internal sealed class ZabNetwork
{
    private readonly SortedDictionary<(int From, int To), Queue<byte[]>> _links = [];
    private readonly HashSet<(int, int)> _cut = [];
    private readonly Dictionary<Zxid, Txn> _proposed = [];
    private readonly Dictionary<Zxid, Zxid> _successor = [];
    private readonly SortedDictionary<Zxid, Txn> _committed = [];
    private readonly Dictionary<Epoch, ServerId> _leaders = [];

    public ZabNetwork(int participants, int observers = 0, ZabOptions? options = null)
        : this(Majority(participants, observers), options)
    {
    }

    public ZabNetwork(QuorumConfiguration configuration, ZabOptions? options = null, int strangers = 0)
    {
        Configuration = configuration;
        Options = options ?? new ZabOptions();
        var ids = configuration.Members.Select(m => m.Id).ToList();
        for (var i = 0; i < strangers; i++)
        {
            ids.Add(new ServerId(ids.Max(id => id.Value) + 1));
        }

        foreach (var id in ids)
        {
            Nodes[id.Value] = new ZabNode(this, id, configuration, Options);
        }
    }

    public QuorumConfiguration Configuration { get; }

    public ZabOptions Options { get; }

    public SortedDictionary<int, ZabNode> Nodes { get; } = [];

    public long Time { get; set; } = 1_000_000;

    public Now Now => new(Time, Time);

    public long Steps { get; private set; }

    public IReadOnlyCollection<Txn> Committed => _committed.Values;

    public IEnumerable<(int From, int To)> BusyLinks => _links.Where(l => l.Value.Count > 0).Select(l => l.Key);

    public ZabNode this[int id] => Nodes[id];

    public static QuorumConfiguration Majority(int participants, int observers = 0) => new(
        Zxid.Zero,
        Enumerable.Range(1, participants).Select(i => new Member(new ServerId(i), MemberRole.Participant))
            .Concat(Enumerable.Range(participants + 1, observers).Select(i => new Member(new ServerId(i), MemberRole.Observer))));

    public ZabNetwork StartAll()
    {
        foreach (var node in Nodes.Values)
        {
            node.Start();
        }

        return this;
    }

    /// <summary>Lets the oracle name a leader to all servers that look for one, the leader first.</summary>
    public void Elect(int leader, params int[] voters)
    {
        var all = voters.Length == 0 ? Nodes.Keys.ToArray() : voters;
        foreach (var id in all.OrderBy(v => v == leader ? 0 : 1))
        {
            if (Nodes[id].IsUp)
            {
                Nodes[id].Step(new ZabInput.Elected(new ServerId(leader)));
            }
        }
    }

    /// <summary>Elects and brings the ensemble to broadcast.</summary>
    public ZabNode Lead(int leader, params int[] voters)
    {
        Elect(leader, voters);
        Settle();
        Assert.Equal((ZabRole.Leading, ZabPhase.Broadcast), (Nodes[leader].Peer.Role, Nodes[leader].Peer.Phase));
        return Nodes[leader];
    }

    public void Send(ServerId from, ServerId to, byte[] bytes)
    {
        if (!_links.TryGetValue((from.Value, to.Value), out var link))
        {
            _links[(from.Value, to.Value)] = link = new Queue<byte[]>();
        }

        if (!_cut.Contains((from.Value, to.Value)) && Nodes.TryGetValue(to.Value, out var node) && node.IsUp)
        {
            link.Enqueue(bytes);
        }
    }

    /// <summary>Delivers the next message of a link.</summary>
    public void Deliver(int from, int to, bool twice = false)
    {
        var bytes = _links[(from, to)].Dequeue();
        for (var i = 0; i < (twice ? 2 : 1); i++)
        {
            if (Nodes[to].IsUp)
            {
                Nodes[to].Step(new ZabInput.MessageReceived(new ServerId(from), ZabEnvelopeCodec.Decode(bytes)));
            }
        }
    }

    public void LoseNext(int from, int to) => _links[(from, to)].Dequeue();

    public int Waiting(int from, int to) => _links.TryGetValue((from, to), out var link) ? link.Count : 0;

    /// <summary>Breaks the connection between two servers, once; messages under way are lost, and both hear of it.</summary>
    public void Break(int a, int b)
    {
        Clear(a, b);
        Clear(b, a);
        foreach (var (at, peer) in new[] { (a, b), (b, a) })
        {
            if (Nodes[at].IsUp)
            {
                Nodes[at].Step(new ZabInput.PeerLost(new ServerId(peer)));
            }
        }
    }

    /// <summary>Swallows everything between two servers, silently.</summary>
    public void Cut(int a, int b)
    {
        _cut.Add((a, b));
        _cut.Add((b, a));
        Clear(a, b);
        Clear(b, a);
    }

    public void Isolate(int id)
    {
        foreach (var other in Nodes.Keys.Where(k => k != id))
        {
            Cut(id, other);
        }
    }

    public bool IsCut(int a, int b) => _cut.Contains((a, b));

    public void Heal() => _cut.Clear();

    public void Crash(int id, int survivingEffects = 0)
    {
        Nodes[id].Crash(survivingEffects);
        foreach (var other in Nodes.Keys.Where(k => k != id).ToList())
        {
            Break(id, other);
        }
    }

    /// <summary>Delivers and flushes until nothing is left to do, without time passing.</summary>
    public void Settle(Func<int, int, bool>? except = null, Func<ZabNode, bool>? disks = null)
    {
        for (var round = 0; round < 100_000; round++)
        {
            var links = BusyLinks.Where(l => except is null || !except(l.From, l.To)).ToList();
            var busy = Nodes.Values.Where(n => n.IsUp && (n.Disk.Waiting > 0 || n.Reads.Count > 0) && disks?.Invoke(n) != false).ToList();
            if (links.Count == 0 && busy.Count == 0)
            {
                return;
            }

            foreach (var (from, to) in links)
            {
                Deliver(from, to);
            }

            foreach (var node in busy.Where(n => n.IsUp))
            {
                node.FlushDisk();
            }
        }

        Assert.Fail("the ensemble does not settle");
    }

    /// <summary>Lets time pass, ticking and settling at every deadline.</summary>
    public void Advance(long ms, params int[] stalled)
    {
        var end = Time + ms;
        while (true)
        {
            var next = Nodes.Values.Where(n => n.IsUp && !stalled.Contains(n.Id.Value)).Select(n => n.Peer.NextDeadline ?? long.MaxValue)
                .Append(end).Min();
            if (next >= end)
            {
                break;
            }

            Time = Math.Max(Time, next);
            foreach (var node in Nodes.Values.Where(n => n.IsUp && !stalled.Contains(n.Id.Value)).ToList())
            {
                if (node.Peer.NextDeadline <= Time)
                {
                    node.Step(new ZabInput.Tick());
                }
            }

            Settle((_, to) => stalled.Contains(to));
        }

        Time = end;
    }

    public void OnProposed(ZabNode node, Txn txn)
    {
        Assert.True(_proposed.TryAdd(txn.Zxid, txn), $"server {node.Id} proposed {txn.Zxid} a second time");
        Assert.Equal(node.Id, _leaders[txn.Zxid.Epoch]);
    }

    public void OnDelivered(ZabNode node, Zxid before, Txn txn)
    {
        // Integrity: only what a leader proposed (or what the test seeded) is delivered, and unchanged.
        if (_proposed.TryGetValue(txn.Zxid, out var proposed))
        {
            Assert.True(FakeDisk.Same(proposed, txn), $"server {node.Id} delivered other bytes for {txn.Zxid}");
        }

        // Total order and agreement: everywhere the same transaction follows the same one.
        if (!_successor.TryAdd(before, txn.Zxid))
        {
            Assert.True(_successor[before] == txn.Zxid, $"server {node.Id} delivered {txn.Zxid} after {before}, another one {_successor[before]}");
        }

        if (_committed.TryAdd(txn.Zxid, txn))
        {
            DemandQuorumHolds(txn);
        }
    }

    public void OnRole(ZabNode node, ZabRole role, ZabPhase phase)
    {
        if (role != ZabRole.Leading || phase != ZabPhase.Broadcast)
        {
            return;
        }

        Assert.True(_leaders.TryAdd(node.Peer.CurrentEpoch, node.Id), $"epoch {node.Peer.CurrentEpoch} has a second leader, {node.Id}");

        // Primary integrity, and no committed transaction is lost: whoever leads holds all that was committed before.
        foreach (var txn in _committed.Values)
        {
            Assert.True(node.Holds(txn), $"server {node.Id} leads epoch {node.Peer.CurrentEpoch} without {txn.Zxid}, which was committed");
        }
    }

    public void AfterStep(ZabNode node)
    {
        Steps++;
        if (!node.IsUp || node.Peer.Phase != ZabPhase.Broadcast)
        {
            return;
        }

        Assert.Equal(node.Peer.LastCommitted, node.Application.LastApplied);
    }

    /// <summary>In the end all servers that serve have the same history, with all that was committed.</summary>
    public void DemandAgreement(params int[] ids)
    {
        var nodes = (ids.Length == 0 ? Nodes.Keys : ids.AsEnumerable()).Select(id => Nodes[id]).ToList();
        foreach (var node in nodes)
        {
            Assert.Equal(ZabPhase.Broadcast, node.Peer.Phase);
            Assert.Equal(nodes[0].Peer.LastLogged, node.Peer.LastLogged);
            Assert.Equal(nodes[0].Peer.LastCommitted, node.Peer.LastCommitted);
            Assert.Equal(nodes[0].Application.Applied.Select(TxnText.Text), node.Application.Applied.Select(TxnText.Text));
            Assert.All(_committed.Values, txn => Assert.True(node.Holds(txn)));
            Assert.Equal(node.Peer.LastLogged, node.Disk.Last);
        }
    }

    private void DemandQuorumHolds(Txn txn)
    {
        var durable = Nodes.Values.Where(n => n.Disk.Contains(txn)).Select(n => n.Id).ToList();
        var configurations = Nodes.Values.Where(n => n.IsUp).Select(n => n.Peer.Configuration).Append(Configuration);
        Assert.True(
            configurations.Any(c => c.IsQuorum(durable)), $"{txn.Zxid} was committed while only {string.Join(", ", durable)} have it on disk");
    }

    private void Clear(int from, int to)
    {
        if (_links.TryGetValue((from, to), out var link))
        {
            link.Clear();
        }
    }
}

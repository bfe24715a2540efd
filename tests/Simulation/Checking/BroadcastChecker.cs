using GrainKeeper.Core;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Simulation.Servers;

namespace GrainKeeper.Simulation.Checking;

/// <summary>
/// ZAB's properties (DSN 2011, section III), checked after every step against what all servers have handed to their disks. It keeps the one committed
/// sequence of the run and, of each transaction, what its leader put before it; every log must agree with both.
/// </summary>
public sealed class BroadcastChecker(EventLoop loop, QuorumConfiguration configuration)
{
    private readonly QuorumRule _rule = new(configuration.Members);
    private readonly Dictionary<ServerId, ServerView> _views = [];
    private readonly Dictionary<Zxid, ProposedTxn> _proposed = [];
    private readonly Dictionary<Epoch, (ServerId Server, int Core)> _leaders = [];
    private readonly Dictionary<Zxid, int> _places = [];
    private readonly List<CommittedTxn> _committed = [];
    private readonly Dictionary<Epoch, Zxid> _ends = [];

    /// <summary>Hears of each established leader's epoch.</summary>
    public event Action<Epoch>? Established;

    /// <summary>Hears of each transaction when its leader proposes it.</summary>
    public event Action<ServerId, Txn>? Proposed;

    /// <summary>Hears of each transaction when the first server commits it, in order.</summary>
    public event Action<CommittedTxn>? Committed;

    /// <summary>The committed sequence.</summary>
    public IReadOnlyList<CommittedTxn> Sequence => _committed;

    /// <summary>The last committed transaction.</summary>
    public Zxid LastCommitted => _committed.Count > 0 ? _committed[^1].Txn.Zxid : Zxid.Zero;

    /// <summary>Epochs in which a leader was established.</summary>
    public int Epochs => _leaders.Count;

    /// <summary>Times a log was cut.</summary>
    public int Truncations { get; private set; }

    /// <summary>Times a state was received whole.</summary>
    public int Installs { get; private set; }

    /// <summary>Whether the transaction is in the committed sequence.</summary>
    public bool IsCommitted(Zxid zxid) => zxid == Zxid.Zero || _places.ContainsKey(zxid);

    /// <summary>A server comes up with what its disk holds.</summary>
    public void Started(ICheckedServer server)
    {
        var view = View(server.Id);
        view.Log.Load(server.Image);
        view.Core = server.Core;
        view.Up = true;
        view.Committed = Zxid.Zero;
        view.Leading = null;
        view.EndedDiscovery = null;
        Require(server.Image.CurrentEpoch <= server.Image.AcceptedEpoch, "epochs", server.Id, $"came back with current epoch {server.Image.CurrentEpoch} beyond accepted {server.Image.AcceptedEpoch}");
        Require(server.Image.Last.Epoch <= server.Image.AcceptedEpoch, "epochs", server.Id, $"came back with {server.Image.Last} beyond its accepted epoch {server.Image.AcceptedEpoch}");
    }

    /// <summary>A server's memory is gone.</summary>
    public void Stopped(ServerId server) => View(server).Up = false;

    /// <summary>A replica has taken a step.</summary>
    public void Stepped(ICheckedServer server, ReplicaStatus status, IReadOnlyList<Effect> effects)
    {
        var view = View(server.Id);
        view.Led = view.Leading;
        CheckPromise(server, view, status);
        CheckLeader(server, view, status);
        for (var i = 0; i < effects.Count; i++)
        {
            if (effects[i] is ZabEffect effect)
            {
                CheckEffect(server, view, effect);
            }
        }

        CheckCommit(server, view, status);
        CheckServing(server, status);
        Require(status.AcceptedEpoch >= view.Accepted, "epochs", server.Id, $"accepted epoch fell from {view.Accepted} to {status.AcceptedEpoch}");
        Require(status.CurrentEpoch >= view.Current, "epochs", server.Id, $"current epoch fell from {view.Current} to {status.CurrentEpoch}");
        Require(status.CurrentEpoch <= status.AcceptedEpoch, "epochs", server.Id, $"current epoch {status.CurrentEpoch} beyond accepted {status.AcceptedEpoch}");
        var rebuilds = effects.Any(e => e is ZabEffect.Restart);
        Require(rebuilds || status.LastApplied <= status.LastLogged, "one apply path", server.Id, $"applied {status.LastApplied} beyond its log {status.LastLogged}");
    }

    /// <summary>What is durable on a server has changed.</summary>
    public void DiskChanged(ICheckedServer server, IEnumerable<ICheckedServer> all)
    {
        var view = View(server.Id);
        Require(server.Image.AcceptedEpoch >= view.Accepted, "epochs", server.Id, $"its accepted epoch on disk fell from {view.Accepted} to {server.Image.AcceptedEpoch}");
        Require(server.Image.CurrentEpoch >= view.Current, "epochs", server.Id, $"its current epoch on disk fell from {view.Current} to {server.Image.CurrentEpoch}");
        view.Accepted = server.Image.AcceptedEpoch;
        view.Current = server.Image.CurrentEpoch;
        RequireQuorum("committed is durable", server.Id, LastCommitted, all);
    }

    /// <summary>The servers whose disks are counted; set before the run.</summary>
    public IReadOnlyList<ICheckedServer> Disks { get; set; } = [];

    private static void Require(bool condition, string property, ServerId server, [System.Runtime.CompilerServices.InterpolatedStringHandlerArgument(nameof(condition))] ref InvariantMessage message)
    {
        if (!condition)
        {
            throw new PropertyViolatedException(property, $"server {server} {message.ToString()}");
        }
    }

    private ServerView View(ServerId id)
    {
        if (!_views.TryGetValue(id, out var view))
        {
            _views.Add(id, view = new ServerView());
        }

        return view;
    }

    private void CheckPromise(ICheckedServer server, ServerView view, ReplicaStatus status)
    {
        var ended = status.Role == ZabRole.Leading && status.Phase != ZabPhase.Discovery;
        if (ended && view.EndedDiscovery != status.CurrentEpoch)
        {
            var epoch = status.CurrentEpoch;
            var promised = Disks.Where(d => d.Image.AcceptedEpoch >= epoch).Select(d => d.Id).ToList();
            Require(_rule.IsQuorum(promised), "promises are durable", server.Id, $"ends discovery of epoch {epoch}, which only servers {string.Join(", ", promised)} have durably promised");
        }

        view.EndedDiscovery = ended ? status.CurrentEpoch : null;
    }

    private void CheckServing(ICheckedServer server, ReplicaStatus status)
    {
        if (status.Phase == ZabPhase.Broadcast)
        {
            Require(status.LastApplied == status.LastCommitted, "serves what is committed", server.Id, $"serves with {status.LastApplied} applied and {status.LastCommitted} committed");
            var needed = LastCommittedBefore(status.CurrentEpoch);
            Require(status.LastCommitted >= needed, "serves what is committed", server.Id, $"serves in epoch {status.CurrentEpoch} with {status.LastCommitted}, but {needed} was committed before");
        }
    }

    private void CheckLeader(ICheckedServer server, ServerView view, ReplicaStatus status)
    {
        if (status.Role != ZabRole.Leading || status.Phase != ZabPhase.Broadcast)
        {
            view.Leading = null;
            return;
        }

        if (view.Leading == status.CurrentEpoch)
        {
            return;
        }

        var epoch = status.CurrentEpoch;
        view.Leading = epoch;
        var me = (server.Id, server.Core);
        Require(_leaders.TryAdd(epoch, me) || _leaders[epoch] == me, "one leader per epoch", server.Id, $"leads epoch {epoch}, which server {_leaders[epoch].Server} led");
        var needed = LastCommittedBefore(epoch);
        Require(view.Log.Contains(needed), "leader has all committed", server.Id, $"leads epoch {epoch} without {needed} which is committed; its log ends at {view.Log.Last}");
        var last = view.Log.Last;
        var ready = Disks.Where(d => d.Image.CurrentEpoch >= epoch && (d.Image.Covers(last) || d.Image.CurrentEpoch > epoch)).Select(d => d.Id).ToList();
        Established?.Invoke(epoch);
        Require(_rule.IsQuorum(ready), "epoch durable before serving", server.Id, $"leads epoch {epoch} from {last} on, but only servers {string.Join(", ", ready)} have made both durable");
    }

    // A leader that was slow to hear of its quorum may be established when a later epoch has begun: it needs only what was committed before its own.
    private Zxid LastCommittedBefore(Epoch epoch)
    {
        if (LastCommitted.Epoch < epoch)
        {
            return LastCommitted;
        }

        if (_ends.TryGetValue(epoch, out var known))
        {
            return known;
        }

        var i = _committed.Count - 1;
        while (i >= 0 && _committed[i].Txn.Zxid.Epoch >= epoch)
        {
            i--;
        }

        return _ends[epoch] = i >= 0 ? _committed[i].Txn.Zxid : Zxid.Zero;
    }

    private void CheckEffect(ICheckedServer server, ServerView view, ZabEffect effect)
    {
        switch (effect)
        {
            case ZabEffect.Append append:
                CheckToken(server, view, append.Token);
                foreach (var txn in append.Txns)
                {
                    CheckAppend(server, view, txn);
                }

                break;
            case ZabEffect.TruncateLog truncate:
                CheckToken(server, view, truncate.Token);
                Truncations++;
                Require(view.Log.Contains(truncate.KeepUpTo), "truncation", server.Id, $"cuts its log after {truncate.KeepUpTo}, which it does not have");
                CheckLoss(server, view, truncate.KeepUpTo, "cuts its log");
                view.Log.Truncate(truncate.KeepUpTo);
                break;
            case ZabEffect.CommitSnapshotInstall install:
                CheckToken(server, view, install.Token);
                Installs++;
                CheckLoss(server, view, install.Zxid, "installs a received state");
                Require(install.Zxid == Zxid.Zero || _proposed.ContainsKey(install.Zxid), "integrity", server.Id, $"installs a state at {install.Zxid}, which nobody proposed");
                view.Log.Install(install.Zxid);
                break;
            case ZabEffect.WriteAcceptedEpoch accepted:
                CheckToken(server, view, accepted.Token);
                break;
            case ZabEffect.WriteCurrentEpoch current:
                CheckToken(server, view, current.Token);
                break;
            default:
                break;
        }
    }

    private static void CheckToken(ICheckedServer server, ServerView view, long token)
    {
        Require(server.Core != view.TokenCore || token > view.Token, "disk tokens grow", server.Id, $"used token {token} after {view.Token}");
        view.TokenCore = server.Core;
        view.Token = token;
    }

    private void CheckAppend(ICheckedServer server, ServerView view, Txn txn)
    {
        var previous = view.Log.Last;
        Require(previous.IsDirectlyBefore(txn.Zxid), "local primary order", server.Id, $"logs {txn.Zxid} after {previous}");
        if (_proposed.TryGetValue(txn.Zxid, out var known))
        {
            Require(known.Txn.Kind == txn.Kind && known.Txn.Payload.Span.SequenceEqual(txn.Payload.Span), "integrity", server.Id, $"logs {txn.Zxid} with other bytes than server {known.Proposer} proposed");
            Require(known.Previous == previous, "total order", server.Id, $"logs {txn.Zxid} after {previous}; its leader had {known.Previous} before it");
        }
        else
        {
            var leads = view.Leading == txn.Zxid.Epoch || view.Led == txn.Zxid.Epoch;
            Require(leads, "primary integrity", server.Id, $"logs {txn.Zxid}, which no leader proposed, and does not lead its epoch");
            _proposed.Add(txn.Zxid, new ProposedTxn(txn, previous, server.Id));
            Proposed?.Invoke(server.Id, txn);
        }

        view.Log.Append(txn.Zxid);
    }

    private void CheckLoss(ICheckedServer server, ServerView view, Zxid keep, string what)
    {
        var lost = view.Log.FirstAfter(keep);
        if (lost < view.Log.Zxids.Count)
        {
            var first = view.Log.Zxids[lost];
            Require(!_places.ContainsKey(first), "committed is never cut", server.Id, $"{what} at {keep} and so loses {first}, which is committed");
        }
    }

    private void CheckCommit(ICheckedServer server, ServerView view, ReplicaStatus status)
    {
        var now = status.LastCommitted;
        if (now == view.Committed)
        {
            return;
        }

        Require(now > view.Committed, "commits never fall", server.Id, $"had committed {view.Committed} and now {now}");
        view.Committed = now;
        Require(view.Log.Contains(now), "agreement", server.Id, $"commits {now}, which is not in its log that ends at {view.Log.Last}");
        if (now <= LastCommitted)
        {
            Require(IsCommitted(now) || now.Counter == 0, "agreement", server.Id, $"commits {now}, which the ensemble passed over on its way to {LastCommitted}");
            return;
        }

        Require(view.Log.Contains(LastCommitted), "agreement", server.Id, $"commits {now} without {LastCommitted}, which is committed");
        var chain = new Stack<ProposedTxn>();
        for (var at = now; at > LastCommitted; at = chain.Peek().Previous)
        {
            chain.Push(_proposed[at]);
        }

        while (chain.TryPop(out var txn))
        {
            Require(txn.Previous == LastCommitted, "total order", server.Id, $"commits {txn.Txn.Zxid} after {LastCommitted}; its leader had {txn.Previous} before it");
            _places.Add(txn.Txn.Zxid, _committed.Count);
            var committed = new CommittedTxn(txn.Txn, loop.Now);
            _committed.Add(committed);
            Committed?.Invoke(committed);
        }

        RequireQuorum("committed is durable", server.Id, LastCommitted, Disks);
    }

    private void RequireQuorum(string property, ServerId server, Zxid zxid, IEnumerable<ICheckedServer> all)
    {
        var holders = new List<ServerId>();
        foreach (var disk in all)
        {
            if (disk.Image.Covers(zxid))
            {
                holders.Add(disk.Id);
            }
        }

        Require(_rule.IsQuorum(holders), property, server, $"made a change after which {zxid} is committed but durable only on servers {string.Join(", ", holders)}");
    }

    private sealed class ServerView
    {
        public LogView Log { get; } = new();

        public bool Up { get; set; }

        public int Core { get; set; }

        public Zxid Committed { get; set; }

        public Epoch? Leading { get; set; }

        public Epoch? EndedDiscovery { get; set; }

        public Epoch? Led { get; set; }

        public Epoch Accepted { get; set; }

        public Epoch Current { get; set; }

        public int TokenCore { get; set; }

        public long Token { get; set; }
    }
}

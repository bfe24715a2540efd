using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Replica.Events;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// One server's replica of one tree: takes client frames, forwards or prepares writes, applies what is committed, answers reads,
/// keeps sessions and watches. It owns its <c>ZabPeer</c>. Not thread-safe: one caller at a time.
/// </summary>
public sealed class ReplicaCore
{
    private readonly ServerId _self;
    private readonly ReplicaOptions _options;
    private readonly ReplicaState _state;
    private readonly ZabPeer _peer;
    private readonly ReplicaApplication _application;
    private readonly ConnectionTable _connections;
    private readonly Outbox _outbox;
    private readonly WatchManager _watches;
    private readonly SnapshotDesk _snapshots;
    private readonly ReplicaClients _clients;
    private readonly ReportDesk _reports;
    private readonly AuditTrail? _audit;
    private readonly SoftQuotas _quotas;
    private readonly TreesInUse _inUse = new();
    private readonly bool _listsTrees;
    private Zxid _configurationTold;
    private long? _dueAt;
    private bool _started;
    private bool _over;
    private bool _shuttingDown;

    /// <summary>Makes a replica that looks for a leader; it says so by no effect.</summary>
    /// <param name="self">This server.</param>
    /// <param name="configuration">The ensemble: the newest configuration that the host knows to be committed. One that the state proves to be newer counts instead.</param>
    /// <param name="options">Limits and switches.</param>
    /// <param name="history">What is on this server's disk.</param>
    /// <param name="state">The state with all of that history applied.</param>
    /// <param name="firstChannel">A number greater than any channel used by an earlier start.</param>
    /// <param name="seed">For the jitter of automatic snapshots and the like.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message names it, its range and what to do.</exception>
    public ReplicaCore(
        ServerId self,
        QuorumConfiguration configuration,
        ReplicaOptions options,
        RecoveredHistory history,
        ReplicaState state,
        long firstChannel,
        int seed)
    {
        ReplicaOptionsRule.Check(options);
        _self = self;
        _options = options;
        _state = state;
        _listsTrees = options.Tree == SpecialPaths.RootTree;
        var random = new Random(seed);
        var hashSeed = (ulong)random.NextInt64();
        _outbox = new Outbox();
        _connections = new ConnectionTable(new ReplicaLimits(options), _outbox);
        _watches = new WatchManager(new WatchEvents(_connections, _outbox, options.SkipAcl));
        _connections.Watches = _watches;
        _snapshots = new SnapshotDesk(state, options.SnapshotEvery, options.SnapshotSliceBytes, random);
        _quotas = new SoftQuotas(state);
        _audit = options.Audit ? new AuditTrail() : null;
        _clients = new ReplicaClients(self, options, state, _connections, _outbox, _watches, _audit);
        _application = new ReplicaApplication(
            self, options, state, _clients, new AppliedChanges(_watches, _listsTrees, _quotas, _audit), _snapshots, _inUse, configuration.Members.Count, hashSeed);
        _configurationTold = configuration.Version;
        var known = state.SettledMembership?.Quorum is { } settled && settled.Version > configuration.Version ? settled : configuration;
        _peer = new ZabPeer(self, known, options.Zab, history, _application, firstChannel);
        _application.Peer = _peer;
        _clients.Peer = _peer;
        _reports = new ReportDesk(options.Tree, state, _connections, _watches);
    }

    /// <summary>The monotonic time in ms at which a <see cref="ReplicaInput.Tick"/> is due, or null.</summary>
    public long? NextDeadline => _over ? null : Earliest(_peer.NextDeadline, Earliest(_application.NextDeadline, _connections.NextDeadline));

    /// <summary>What the replica is doing now.</summary>
    public ReplicaStatus Status => new(
        _options.Tree,
        _self,
        _peer.Role,
        _peer.Phase,
        _peer.Leader,
        _peer.AcceptedEpoch,
        _peer.CurrentEpoch,
        _peer.LastLogged,
        _peer.LastCommitted,
        _state.LastApplied,
        _state.Tree.Count,
        _state.Tree.EphemeralCount,
        _state.Tree.DataBytes,
        _watches.Count,
        _state.Sessions.Count,
        _connections.Count,
        _connections.Waiting,
        _peer.OutstandingCount,
        _application.IsServing);

    /// <summary>The records of atomic commit in the applied state. Between steps only.</summary>
    public IReadOnlyList<StoredCommit> Commits => _state.Commits.ToArray();

    /// <summary>Parties of atomic commit in the applied state that have voted Yes and know no decision, or have somebody left to tell theirs. Between steps only.</summary>
    public int OpenCommits => _state.Commits.Open;

    /// <summary>Lists for administrators. Between steps only.</summary>
    /// <param name="parts">Which.</param>
    /// <param name="limit">Most entries in all, for clients wait meanwhile.</param>
    public ReplicaReport Report(ReplicaReportParts parts, int limit) => _reports.Make(parts, limit, _application.LeaderReport);

    /// <summary>Handles one input and appends the effects, in the order in which they must be carried out.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="now">The moment.</param>
    /// <param name="effects">Where the effects go.</param>
    /// <param name="moreFollows">Whether the host has other inputs already: what a leader proposes waits for theirs. A step without it has to follow before the host does anything else;
    /// <see cref="NextDeadline"/> is due until then.</param>
    /// <exception cref="InvariantViolationException">This server's state can no longer be trusted: the host ends the process.</exception>
    public void Step(ReplicaInput input, Now now, List<Effect> effects, bool moreFollows = false)
    {
        if (_over)
        {
            IgnoreAfterRestart(input, effects);
            return;
        }

        var first = effects.Count;
        _application.Begin(now, ranLate: _dueAt is { } due && now.Monotonic - due > _options.TickTime / 2, moreFollows);
        if (!_started)
        {
            _started = true;
            TellConfiguration(effects);
            ListTrees(effects);
        }

        Handle(input, now, effects);
        _application.Work(effects);
        TellConfiguration(effects);
        if (_application.TakeTreesChanged())
        {
            ListTrees(effects);
        }

        _clients.Flush(effects);
        _audit?.Flush(effects);
        _quotas.Flush(effects);
        _connections.ResumeIfPossible();
        if (_snapshots.IsDue && _application.IsServing)
        {
            _snapshots.Begin(effects);
        }

        FinishIfRestarting(first, effects);
        _dueAt = NextDeadline;
    }

    /// <summary>For tests that play a faulty server.</summary>
    internal ZabPeer Peer => _peer;

    private void Handle(ReplicaInput input, Now now, List<Effect> effects)
    {
        switch (input)
        {
            case ReplicaInput.Zab { Input: ZabInput.LogRead read } when WatchResumption.IsMine(read):
                _clients.LogRead(read);
                break;
            case ReplicaInput.Zab zab:
                _peer.Step(zab.Input, now, effects);
                break;
            case ReplicaInput.ConnectionOpened opened:
                _connections.Open(opened.Connection, WhoIs(opened), now.Monotonic, Math.Clamp(opened.KeptResults, 0, TxnReader.MaxKeptResults));
                break;
            case ReplicaInput.ClientFrames frames:
                _clients.Take(frames.Connection, frames.Frames, now);
                break;
            case ReplicaInput.ConnectionClosed closed:
                _clients.Gone(closed.Connection);
                break;
            case ReplicaInput.Commit commit:
                _application.Commit(commit.Request, effects);
                break;
            case ReplicaInput.TreesInUse used:
                _inUse.Set(used.Names);
                break;
            case ReplicaInput.BeginSnapshot:
                if (_application.IsServing)
                {
                    _snapshots.Begin(effects);
                }

                break;
            case ReplicaInput.ContinueSnapshot:
                _snapshots.Continue(effects);
                break;
            case ReplicaInput.ShutDown:
                ShutDown(now, effects);
                break;
            case ReplicaInput.Tick:
                Tick(now, effects);
                break;
            default:
                throw new InvariantViolationException($"unknown input {input.GetType().Name}");
        }
    }

    private Credentials WhoIs(ReplicaInput.ConnectionOpened opened)
    {
        var who = Credentials.OfAddress(opened.Address);
        return opened.Certificate is { } subject ? AuthSchemes.WithCertificate(who, subject, _options.SuperCertificate) : who;
    }

    private void Tick(Now now, List<Effect> effects)
    {
        if (_peer.NextDeadline <= now.Monotonic)
        {
            _peer.Step(new ZabInput.Tick(), now, effects);
        }

        _connections.CloseSilent(now.Monotonic);
        _application.Tick();
    }

    private void ShutDown(Now now, List<Effect> effects)
    {
        if (_shuttingDown)
        {
            return;
        }

        _shuttingDown = true;
        _clients.Refusal = "this server is shutting down; try another server";
        _connections.CloseAll("this server is shutting down");
        if (_peer.Role != ZabRole.Looking)
        {
            _peer.Step(new ZabInput.StepDown("the server is shutting down"), now, effects);
        }
    }

    private void TellConfiguration(List<Effect> effects)
    {
        var version = _peer.Configuration.Version;
        if (version <= _configurationTold)
        {
            return;
        }

        _configurationTold = version;
        var membership = _state.LatestMembership?.Quorum.Version == version ? _state.LatestMembership : _state.SettledMembership;
        if (membership?.Quorum.Version == version)
        {
            effects.Add(new ReplicaEffect.Reconfigured(membership));
        }
    }

    private void ListTrees(List<Effect> effects)
    {
        if (_listsTrees)
        {
            effects.Add(new ReplicaEffect.TreesListed(TreeList.Of(_state)));
        }
    }

    /// <summary>When the log was cut below what is applied, this core ends: its clients first, then the effect that tells the host to build another.</summary>
    private void FinishIfRestarting(int first, List<Effect> effects)
    {
        var at = effects.FindIndex(first, static e => e is ZabEffect.Restart);
        if (at < 0)
        {
            _outbox.Flush(effects);
            return;
        }

        var restart = effects[at];
        effects.RemoveAt(at);
        _over = true;
        _connections.CloseAll("this server loads its state again");
        _outbox.Flush(effects);
        effects.Add(restart);
    }

    /// <summary>The host replaces this core: what still comes is for nobody, and clients must not wait.</summary>
    private static void IgnoreAfterRestart(ReplicaInput input, List<Effect> effects)
    {
        if (input is ReplicaInput.ConnectionOpened opened)
        {
            effects.Add(new ReplicaEffect.CloseConnection(opened.Connection, "this server loads its state again"));
        }
        else if (input is ReplicaInput.Commit { Request.Ticket: not 0 and var ticket })
        {
            effects.Add(new ReplicaEffect.Commit(new CommitNews.Answered(ticket, CommitAnswer.Refused, "this server loads its state again")));
        }
    }

    private static long? Earliest(long? a, long? b) => a is null ? b : b is null ? a : Math.Min(a.Value, b.Value);
}

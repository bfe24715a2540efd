using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// What ZAB sees of a replica. Calls that come within ZAB's step only note what the leader must do; it is done in <see cref="Work"/>, after the step,
/// when proposals are allowed.
/// </summary>
internal sealed class ReplicaApplication(
    ServerId self,
    ReplicaOptions options,
    ReplicaState state,
    ReplicaClients clients,
    AppliedChanges changes,
    SnapshotDesk snapshots,
    TreesInUse inUse,
    int servers,
    ulong seed) : IZabApplication
{
    private readonly List<(ServerId From, ReadOnlyMemory<byte> Message)> _inbox = [];
    private readonly int _touchInterval = Math.Clamp(
        Math.Min(options.TickTime / 2, (options.MinSessionTimeout ?? options.TickTime * 2) / 4), 1, 1_000);

    private LeaderDesk? _leader;
    private RemoteLeaderLink? _remote;
    private bool _publishes;
    private bool _treesChanged;
    private int _restores = state.Restores;
    private Epoch _epoch;
    private Now _now;

    /// <summary>The ZAB core; set once, before the first step.</summary>
    public ZabPeer? Peer { private get; set; }

    /// <summary>Whether clients are served.</summary>
    public bool IsServing { get; private set; }

    public Zxid LastApplied => state.LastApplied;

    public QuorumConfiguration? Configuration => state.LatestMembership?.Quorum;

    public QuorumConfiguration? SettledConfiguration => state.SettledMembership?.Quorum;

    /// <summary>What a leader knows; null elsewhere.</summary>
    public LeaderReport? LeaderReport => _leader?.Report();

    /// <summary>Monotonic ms at which <see cref="Tick"/> is due, or null.</summary>
    public long? NextDeadline => _leader?.NextDeadline ?? _remote?.NextDeadline;

    /// <summary>A step begins.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="ranLate">Whether the host called much later than asked.</param>
    /// <param name="moreFollows">Whether the host has other inputs to give at once.</param>
    public void Begin(Now now, bool ranLate, bool moreFollows)
    {
        _now = now;
        _leader?.Begin(now, moreFollows);
        if (ranLate)
        {
            _leader?.Forgive();
        }
    }

    /// <summary>Does what is due.</summary>
    public void Tick() => _leader?.Tick();

    /// <summary>Whether the list of trees has changed since the last call.</summary>
    public bool TakeTreesChanged()
    {
        var changed = _treesChanged || _restores != state.Restores;
        _treesChanged = false;
        _restores = state.Restores;
        return changed;
    }

    /// <summary>A host of atomic commit asks.</summary>
    public void Commit(CommitRequest request, List<Effect> effects)
    {
        if (_leader is not null && request.Epoch == _epoch)
        {
            _leader.Commits.Take(request);
        }
        else if (request.Ticket != 0)
        {
            var reason = _leader is not null ? $"the request is of epoch {request.Epoch}, this server leads in epoch {_epoch}"
                : Peer!.Leader is { } other && IsServing ? $"server {self} does not lead the tree, server {other} does"
                : $"server {self} knows no leader of the tree: try again later";
            effects.Add(new ReplicaEffect.Commit(new CommitNews.Answered(request.Ticket, CommitAnswer.Refused, reason)));
        }
    }

    /// <summary>Does what came within ZAB's step, then sends and proposes everything gathered in this step.</summary>
    public void Work(List<Effect> effects)
    {
        if (_leader is { } leader)
        {
            if (!TakeInbox(leader, effects))
            {
                return;
            }

            if (_publishes)
            {
                _publishes = false;
                leader.PublishMembership();
            }

            leader.Pump();
            var proposed = leader.HasProposed;

            // A learner must know whose a transaction is before it has the transaction.
            leader.Flush(effects);
            if (proposed)
            {
                Peer!.Flush(_now, effects);
            }
        }

        _inbox.Clear();
        _remote?.Flush(_now, effects);
    }

    public void Deliver(Txn txn, Now now, List<Effect> effects)
    {
        var expecting = clients.Expecting(txn.Zxid);
        var about = new TxnReader(Membership.ChangeOf(txn)).Header;
        var request = about.KeepsResult ? about.Type
            : expecting is { Pipeline.Count: > 0, Phase: not ClientPhase.Establishing } ? expecting.Pipeline[0].Type : OpCode.Notification;
        changes.Begin(
            request, about.Type, _leader is not null && about.Type == OpCode.CloseSession ? about.SessionId : 0, _leader is null ? null : now.Monotonic);
        var header = state.Apply(txn, changes, changes.Reply);
        changes.End();
        _treesChanged |= changes.TreesChanged;
        _leader?.Applied(txn.Zxid, header.Type == OpCode.CloseSession ? header.SessionId : 0);
        clients.Applied(txn.Zxid, expecting, header, changes);
        snapshots.CountApplied();
    }

    public void RoleChanged(ZabRole role, ZabPhase phase, ServerId? leader, Now now, List<Effect> effects)
    {
        if (IsServing && phase == ZabPhase.Broadcast && _remote?.Leader == leader && role != ZabRole.Leading)
        {
            // A follower became an observer, or the reverse: the channel to the leader is the same.
            return;
        }

        if (IsServing)
        {
            IsServing = false;
            if (_leader is not null)
            {
                _leader.Commits.End(effects);
                effects.Add(new ReplicaEffect.Commit(new CommitNews.Ended(_epoch)));
            }

            _leader = null;
            _remote = null;
            _inbox.Clear();
            clients.Stop("this server has lost its leader", now);
        }

        if (phase != ZabPhase.Broadcast)
        {
            return;
        }

        IsServing = true;
        if (role == ZabRole.Leading)
        {
            _leader = new LeaderDesk(self, options, state, Peer!, clients, inUse, servers, seed, now);
            clients.Serve(new LocalLeaderLink(self, _leader), now);
            _publishes = true;
            _epoch = Peer!.CurrentEpoch;
            effects.Add(new ReplicaEffect.Commit(new CommitNews.Began(_epoch, state.Commits.ToArray())));
        }
        else
        {
            Invariant.That(leader is not null, "a learner in broadcast has no leader");
            _remote = new RemoteLeaderLink(leader.Value, Peer!, _touchInterval);
            clients.Serve(_remote, now);
        }
    }

    public void MessageReceived(ServerId from, ReadOnlyMemory<byte> payload, Now now, List<Effect> effects)
    {
        if (_leader is not null)
        {
            _inbox.Add((from, payload));
        }
        else if (_remote is not null)
        {
            ReceiveFromLeader(payload);
        }
    }

    public void LearnerJoined(ServerId learner, Now now, List<Effect> effects) => _leader?.LearnerJoined(learner);

    public void LearnerLost(ServerId learner, Now now, List<Effect> effects)
    {
        _inbox.RemoveAll(m => m.From == learner);
        _leader?.LearnerLost(learner);
    }

    public IStateReader OpenState() => state.OpenState();

    public IStateWriter BeginRestore() => state.BeginRestore();

    /// <summary>Takes what learners sent. One that sends what is no message loses its channel, and with it perhaps this server its leadership.</summary>
    /// <returns>Whether this server still leads.</returns>
    private bool TakeInbox(LeaderDesk leader, List<Effect> effects)
    {
        // The channel's end changes the list, so it comes last.
        List<(ServerId From, string Problem)>? refused = null;
        foreach (var (from, message) in _inbox)
        {
            if (refused is not null && refused.Exists(r => r.From == from))
            {
                continue;
            }

            try
            {
                leader.Receive(from, message);
            }
            catch (FormatException e)
            {
                (refused ??= []).Add((from, e.Message));
            }
        }

        foreach (var (from, problem) in refused ?? [])
        {
            Peer!.Step(new ZabInput.MessageRefused(from, problem), _now, effects);
        }

        return _leader == leader;
    }

    private void ReceiveFromLeader(ReadOnlyMemory<byte> payload)
    {
        var reader = new CompactReader(payload.Span);
        switch ((PeerMessageKind)reader.Byte("message kind"))
        {
            case PeerMessageKind.Outcomes:
                var last = Zxid.Zero;
                while (reader.Remaining > 0)
                {
                    clients.Assigned(PeerMessages.ReadOutcome(ref reader, ref last));
                }

                break;
            case PeerMessageKind.Attached:
                var connection = new ConnectionId(reader.Fixed64("connection"));
                var session = reader.Fixed64("session id");
                var timeout = reader.Unsigned32("timeout");
                if (timeout > int.MaxValue)
                {
                    throw new FormatException($"session timeout {timeout} exceeds {int.MaxValue} ms");
                }

                clients.Attached(connection, session, (int)timeout);
                break;
            case PeerMessageKind.Confirmed:
                var ticket = reader.Fixed64("ticket");
                clients.Confirmed(ticket, new Zxid(reader.Fixed64("zxid")));
                break;
            default:
                throw new FormatException($"message kind {payload.Span[0]} is not for a learner");
        }
    }
}

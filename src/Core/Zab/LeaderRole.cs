using System.Diagnostics;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>The elected leader: chooses an epoch, brings a quorum to its history, then orders, proposes and commits.</summary>
internal sealed partial class LeaderRole : PeerRole
{
    private const int AttemptsThatCount = 3;

    private readonly IReadOnlyCollection<KeyValuePair<ServerId, ZabEnvelope>> _waiting;
    private readonly SortedList<ServerId, LearnerLink> _links = [];
    private readonly long[] _durable = new long[ServerId.Max + 1];
    private readonly List<Txn> _queue = [];
    private readonly List<ServerId> _inTouch = [];
    private readonly HashSet<ServerId> _gone = [];
    private readonly EpochChoice _choice;
    private readonly ProposalBatches _batches;
    private readonly Synchronizer _synchronizer;
    private long _promiseToken = long.MaxValue;
    private long _epochToken = long.MaxValue;
    private bool _isPromiseDurable;
    private long _progressAt;
    private long _nextTick;

    public LeaderRole(ZabPeer peer, IReadOnlyCollection<KeyValuePair<ServerId, ZabEnvelope>> waiting)
        : base(peer)
    {
        _waiting = waiting;
        Array.Fill(_durable, QuorumPosition.None);
        _choice = new EpochChoice(History.Configurations, peer.Self, History.AcceptedEpoch);
        _batches = new ProposalBatches(History, Options);
        _synchronizer = new Synchronizer(peer, _batches);
    }

    public override ZabRole Role => ZabRole.Leading;

    public override ServerId? Leader => Peer.Self;

    public override long? NextTick => _nextTick;

    public int OutstandingCount => _queue.Count + (Peer.Phase == ZabPhase.Broadcast ? History.UncommittedCount : 0);

    public bool CanPropose =>
        Peer.Phase == ZabPhase.Broadcast && OutstandingCount < Options.MaxOutstanding && !IsCounterUsedUp;

    public Zxid NextZxid
    {
        get
        {
            var last = LastProposed;
            return last.Epoch == History.AcceptedEpoch ? last.Next() : Zxid.Of(History.AcceptedEpoch, 1);
        }
    }

    public bool HasQueuedReconfiguration { get; private set; }

    public bool IsSomeoneCatchingUp { get; private set; }

    private Zxid LastProposed => _queue.Count > 0 ? _queue[^1].Zxid : History.LastLogged;

    private bool IsCounterUsedUp => LastProposed.Epoch == History.AcceptedEpoch && LastProposed.Counter >= Options.LastCounter;

    public override void Enter(Now now, List<Effect> effects)
    {
        _progressAt = now.Monotonic;
        _nextTick = now.Monotonic + Options.HeartbeatInterval;
        _choice.Consider(Peer.HighestAcceptedSeen);
        TryChooseEpoch(effects);
        foreach (var (learner, first) in _waiting)
        {
            Join(learner, first, now, effects);
        }
    }

    public override void Exit(string reason, List<Effect> effects)
    {
        for (var i = 0; i < _links.Count; i++)
        {
            _links.Values[i].Channel.Send(new ZabMessage.Leaving(reason), effects);
        }
    }

    public void Queue(Txn txn)
    {
        if (txn.Kind == TxnKind.Reconfiguration)
        {
            ConfigurationsInForce.Read(txn);
            HasQueuedReconfiguration = true;
        }

        _queue.Add(txn);
    }

    public void Flush(List<Effect> effects)
    {
        if (_queue.Count == 0)
        {
            return;
        }

        var batch = _queue.ToArray();
        _queue.Clear();
        HasQueuedReconfiguration = false;
        History.Append(batch, effects);
        PumpAll(effects);
    }

    public void SendApplication(ServerId to, ReadOnlyMemory<byte> payload, List<Effect> effects)
    {
        if (_links.TryGetValue(to, out var link) && link.State == LearnerLink.Stage.UpToDate)
        {
            link.Channel.Send(new ZabMessage.Application(payload), effects);
        }
    }

    public override void MessageReceived(ServerId from, ZabEnvelope envelope, Now now, List<Effect> effects)
    {
        if (!_links.TryGetValue(from, out var link) || link.Channel.Number != envelope.Channel)
        {
            if (envelope is { Sequence: 0, Message: ZabMessage.FollowerInfo } && Peer.AdmitChannel(from, envelope.Channel))
            {
                Forget(from, isBack: true, now, effects);
                Join(from, envelope, now, effects);
            }

            return;
        }

        switch (link.Channel.Receive(envelope))
        {
            case ZabChannel.Order.Repeated:
                return;
            case ZabChannel.Order.Gap:
                Drop(link, $"a message of server {from} was lost", now, effects);
                return;
            case ZabChannel.Order.Next:
                break;
            default:
                throw new UnreachableException();
        }

        link.HeardAt = now.Monotonic;
        if (IsProgress(link, envelope.Message))
        {
            _progressAt = now.Monotonic;
        }

        Handle(link, envelope.Message, now, effects);
    }

    public override void MessageRefused(ServerId peer, string problem, Now now, List<Effect> effects)
    {
        if (_links.TryGetValue(peer, out var link))
        {
            DropForFault(link, problem, now, effects);
        }
    }

    public override void Persisted(Now now, List<Effect> effects)
    {
        if (!_isPromiseDurable && History.IsDurable(_promiseToken))
        {
            OnPromiseDurable(now, effects);
        }

        // The leader is one voice among others: it counts only with its own history and epoch on its own disk.
        if (History.IsDurable(_epochToken) && History.LastDurable.Value > _durable[Peer.Self.Value])
        {
            _progressAt = now.Monotonic;
            _durable[Peer.Self.Value] = History.LastDurable.Value;
            AdvanceCommit(now, effects);
        }
    }

    public override void LogRead(ZabInput.LogRead answer, Now now, List<Effect> effects)
    {
        for (var i = 0; i < _links.Count; i++)
        {
            var link = _links.Values[i];
            if (link.ReadId == answer.RequestId)
            {
                _progressAt = now.Monotonic;
                _synchronizer.OnLogRead(link, answer.Txns, now, effects);
                NoteCatchingUp();
                return;
            }
        }
    }

    private void Handle(LearnerLink link, ZabMessage message, Now now, List<Effect> effects)
    {
        switch (message)
        {
            case ZabMessage.AckEpoch m when link.State == LearnerLink.Stage.EpochSent && m.Promised == History.AcceptedEpoch:
                OnAckEpoch(link, m, now, effects);
                break;
            case ZabMessage.SnapshotChunkReceived when link.ChunksUnderWay > 0:
                _synchronizer.OnChunkReceived(link, effects);
                NoteCatchingUp();
                break;
            case ZabMessage.AckNewLeader m when link.State == LearnerLink.Stage.NewLeaderSent && m.LastZxid >= link.HistoryEnd && m.LastZxid <= link.Sent:
                link.State = LearnerLink.Stage.EpochAcknowledged;
                OnDurable(link, m.LastZxid, now, effects);
                TryDeclareUpToDate(link, now, effects);
                AskToConfirm(link, effects);
                break;
            case ZabMessage.Ack m when link.HasAcknowledgedEpoch && m.UpTo <= link.Sent:
                OnDurable(link, m.UpTo, now, effects);
                break;
            case ZabMessage.Pong:
                break;
            case ZabMessage.Confirmed m when m.Round > link.Confirmation.Answered && m.Round <= link.Confirmation.Asked:
                OnConfirmed(link, m.Round, effects);
                break;
            case ZabMessage.Application m when link.State == LearnerLink.Stage.UpToDate:
                OnApplication(link, m, now, effects);
                break;
            case ZabMessage.Leaving m:
                Drop(link, $"server {link.Id} leaves: {m.Reason}", now, effects);
                break;
            case ZabMessage.AckEpoch or ZabMessage.SnapshotChunkReceived or ZabMessage.AckNewLeader or ZabMessage.Ack or ZabMessage.Application
                or ZabMessage.FollowerInfo or ZabMessage.LeaderInfo or ZabMessage.SyncDiff or ZabMessage.SyncTruncate or ZabMessage.SyncSnapshot
                or ZabMessage.SnapshotChunk or ZabMessage.NewLeader or ZabMessage.UpToDate or ZabMessage.Proposals or ZabMessage.Commit
                or ZabMessage.Ping or ZabMessage.Confirm or ZabMessage.Confirmed:
                DropForFault(link, $"{message} is out of place in {link.State}, after {link.Sent} was sent", now, effects);
                break;
            default:
                throw new UnreachableException($"unknown message {message.GetType().Name}");
        }
    }

    private void OnApplication(LearnerLink link, ZabMessage.Application m, Now now, List<Effect> effects)
    {
        try
        {
            Peer.Application.MessageReceived(link.Id, m.Payload, now, effects);
        }
        catch (FormatException e)
        {
            DropForFault(link, e.Message, now, effects);
        }
    }

    /// <summary>
    /// Whether a message brings a quorum nearer. Learners that give this leader up and come back all the time must not keep it waiting for ever: in
    /// discovery only joins and promises count, which happen once, and later only a learner's first channels.
    /// </summary>
    private bool IsProgress(LearnerLink link, ZabMessage message) =>
        Peer.Phase != ZabPhase.Discovery
        && link.Attempt <= AttemptsThatCount
        && History.Configurations.IsParticipant(link.Id)
        // A learner that lives but has nothing to say writes a long history to its disk, if it has been given one.
        && (message is not ZabMessage.Pong || link.State == LearnerLink.Stage.NewLeaderSent);

    private void StartSync(LearnerLink link, Now now, List<Effect> effects)
    {
        _synchronizer.Start(link, now, effects);
        NoteCatchingUp();
    }

    private void StartWaiting(Now now, List<Effect> effects)
    {
        for (var i = 0; i < _links.Count; i++)
        {
            if (_links.Values[i].State == LearnerLink.Stage.HistoryKnown)
            {
                StartSync(_links.Values[i], now, effects);
            }
        }
    }

    private void NoteCatchingUp()
    {
        IsSomeoneCatchingUp = false;
        for (var i = 0; i < _links.Count; i++)
        {
            IsSomeoneCatchingUp |= _links.Values[i].IsCatchingUp;
        }
    }

    private void OnDurable(LearnerLink link, Zxid upTo, Now now, List<Effect> effects)
    {
        if (upTo.Value > _durable[link.Id.Value])
        {
            _durable[link.Id.Value] = upTo.Value;
            AdvanceCommit(now, effects);
        }
    }

    private void AdvanceCommit(Now now, List<Effect> effects)
    {
        if (Peer.Phase == ZabPhase.Synchronization)
        {
            // Until a quorum has the whole initial history in this epoch, none of it may count as committed by this leader.
            if (History.Configurations.CommitTarget(_durable) < _synchronizer.InitialEnd.Value)
            {
                return;
            }

            Establish(now, effects);
        }

        if (Peer.Phase != ZabPhase.Broadcast)
        {
            return;
        }

        while (!Peer.IsLeaving)
        {
            var target = new Zxid(Math.Max(0, History.Configurations.CommitTarget(_durable)));
            if (target <= History.LastCommitted)
            {
                break;
            }

            CommitUpTo(target, now, effects);
        }

        if (IsCounterUsedUp && OutstandingCount == 0)
        {
            Peer.Leave($"the counter of epoch {History.AcceptedEpoch} is used up: a new epoch is due");
        }
    }

    private void Establish(Now now, List<Effect> effects)
    {
        _synchronizer.IsEstablished = true;
        History.Commit(_synchronizer.InitialEnd, now, effects);
        Peer.Become(this, ZabPhase.Broadcast, $"a quorum has the history of epoch {History.AcceptedEpoch}", now, effects);
        for (var i = 0; i < _links.Count; i++)
        {
            _links.Values[i].HeardAt = now.Monotonic;
            TryDeclareUpToDate(_links.Values[i], now, effects);
        }

        StartWaiting(now, effects);
        LeaveWithoutVote();
    }

    private void CommitUpTo(Zxid target, Now now, List<Effect> effects)
    {
        var reconfigured = History.Commit(target, now, effects);
        for (var i = 0; i < _links.Count; i++)
        {
            var link = _links.Values[i];
            if (link.IsLive && link.Sent >= target)
            {
                link.Channel.Send(new ZabMessage.Commit(target), effects);
            }
            else if (link.IsLive)
            {
                _synchronizer.Pump(link, effects);
            }
            else if (link.State == LearnerLink.Stage.HistoryKnown)
            {
                StartSync(link, now, effects);
            }

            TryDeclareUpToDate(link, now, effects);
        }

        if (reconfigured)
        {
            LeaveWithoutVote();
        }
    }

    /// <summary>The learners have been told of the commit: they elect under the new configuration.</summary>
    private void LeaveWithoutVote()
    {
        if (Peer.Configuration.WeightOf(Peer.Self) == 0)
        {
            Peer.Leave($"configuration {Peer.Configuration.Version} gives this server no vote");
        }
    }

    private void TryDeclareUpToDate(LearnerLink link, Now now, List<Effect> effects)
    {
        if (Peer.Phase == ZabPhase.Broadcast
            && link.State == LearnerLink.Stage.EpochAcknowledged
            && History.LastCommitted >= link.HistoryEnd)
        {
            link.State = LearnerLink.Stage.UpToDate;
            link.Channel.Send(new ZabMessage.UpToDate(History.LastCommitted), effects);
            Peer.Application.LearnerJoined(link.Id, now, effects);
        }
    }

    private void PumpAll(List<Effect> effects)
    {
        for (var i = 0; i < _links.Count; i++)
        {
            if (_links.Values[i].IsLive)
            {
                _synchronizer.Pump(_links.Values[i], effects);
            }
        }
    }
}

using System.Diagnostics;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// A follower or an observer: they do the same, only that the leader sends an observer nothing but what is committed and does not
/// count what it acknowledges.
/// </summary>
internal sealed class LearnerRole : PeerRole
{
    private readonly ServerId _leader;
    private readonly ZabChannel _channel;
    private Stage _stage = Stage.AwaitingEpoch;
    private ZabRole _label;
    private bool _newlyAccepted;
    private long _awaitedToken;
    private SnapshotReceiver? _snapshot;
    private Zxid _historyEnd;
    private Zxid _committed;
    private Zxid _acked;
    private long _heardAt;
    private long _progressAt;
    private long _nextTick;

    public LearnerRole(ZabPeer peer, ServerId leader)
        : base(peer)
    {
        _leader = leader;
        _channel = new ZabChannel(leader, peer.NextChannel());
        _label = LabelNow();
    }

    private enum Stage
    {
        AwaitingEpoch,
        MakingPromiseDurable,
        AwaitingSync,
        ReceivingLog,
        ReceivingSnapshot,
        MakingHistoryDurable,
        MakingEpochDurable,
        AwaitingUpToDate,
        Serving,
    }

    public override ZabRole Role => _label;

    public override ServerId? Leader => _leader;

    public override long? NextTick => _nextTick;

    public override void Enter(Now now, List<Effect> effects)
    {
        _heardAt = _progressAt = now.Monotonic;
        _nextTick = now.Monotonic + Options.HeartbeatInterval;
        Send(new ZabMessage.FollowerInfo(History.AcceptedEpoch, _label == ZabRole.Observing, Peer.Configuration.Version), effects);
    }

    public override void Exit(string reason, List<Effect> effects)
    {
        AbandonSnapshot(effects);
        Send(new ZabMessage.Leaving(reason), effects);
    }

    public override void MessageReceived(ServerId from, ZabEnvelope envelope, Now now, List<Effect> effects)
    {
        if (from != _leader || envelope.Channel != _channel.Number)
        {
            AnswerStranger(from, envelope, effects);
            return;
        }

        switch (_channel.Receive(envelope))
        {
            case ZabChannel.Order.Repeated:
                return;
            case ZabChannel.Order.Gap:
                Peer.Leave($"a message of server {_leader} was lost");
                return;
            case ZabChannel.Order.Next:
                break;
            default:
                throw new UnreachableException();
        }

        _heardAt = now.Monotonic;
        if (envelope.Message is not ZabMessage.Ping || IsWaitingForDisk)
        {
            _progressAt = now.Monotonic;
        }

        Handle(envelope.Message, now, effects);
    }

    public override void MessageRefused(ServerId peer, string problem, Now now, List<Effect> effects)
    {
        if (peer == _leader)
        {
            LeaveForFault(problem, effects);
        }
    }

    public override void PeerLost(ServerId peer, Now now, List<Effect> effects)
    {
        if (peer == _leader)
        {
            Peer.Leave($"the connection to the leader, server {_leader}, broke");
        }
    }

    public override void Persisted(Now now, List<Effect> effects)
    {
        _progressAt = now.Monotonic;
        if (_stage == Stage.Serving || _stage == Stage.AwaitingUpToDate)
        {
            if (History.LastDurable > _acked)
            {
                _acked = History.LastDurable;
                Send(new ZabMessage.Ack(_acked), effects);
            }

            return;
        }

        Proceed(now, effects);
    }

    public override void LogRead(ZabInput.LogRead answer, Now now, List<Effect> effects)
    {
        // Asked for in an earlier leadership.
    }

    public override void Tick(Now now, List<Effect> effects)
    {
        _nextTick = now.Monotonic + Options.HeartbeatInterval;
        if (!Peer.MayJudgeSilence(now))
        {
            return;
        }

        if (_stage == Stage.Serving && now.Monotonic - _heardAt > Options.SyncTimeout)
        {
            Peer.Leave($"the leader, server {_leader}, was silent for {now.Monotonic - _heardAt} ms");
        }
        else if (_stage != Stage.Serving && now.Monotonic - _progressAt > Options.InitTimeout)
        {
            Peer.Leave($"no progress with server {_leader} for {now.Monotonic - _progressAt} ms");
        }
    }

    public void SendApplication(ServerId to, ReadOnlyMemory<byte> payload, List<Effect> effects)
    {
        if (to == _leader && _stage == Stage.Serving)
        {
            Send(new ZabMessage.Application(payload), effects);
        }
    }

    private bool IsWaitingForDisk => _stage is Stage.MakingPromiseDurable or Stage.MakingHistoryDurable or Stage.MakingEpochDurable;

    private ZabRole LabelNow() => History.Configurations.IsParticipant(Peer.Self) ? ZabRole.Following : ZabRole.Observing;

    private void LeaveForFault(string problem, List<Effect> effects)
    {
        effects.Add(new ZabEffect.PeerAtFault(_leader, problem));
        Peer.Leave($"server {_leader} is at fault: {problem}");
    }

    private void Send(ZabMessage message, List<Effect> effects) => _channel.Send(message, effects);

    private void AnswerStranger(ServerId from, ZabEnvelope envelope, List<Effect> effects)
    {
        if (envelope is { Sequence: 0, Message: ZabMessage.FollowerInfo } && Peer.AdmitChannel(from, envelope.Channel))
        {
            Peer.Refuse(from, envelope, effects);
            if (from == _leader)
            {
                Peer.Leave($"server {_leader}, elected as leader, follows this server");
            }
        }
    }

    private void Handle(ZabMessage message, Now now, List<Effect> effects)
    {
        switch (message)
        {
            case ZabMessage.LeaderInfo m when _stage == Stage.AwaitingEpoch:
                OnLeaderInfo(m, now, effects);
                break;
            case ZabMessage.SyncDiff when _stage == Stage.AwaitingSync:
                _stage = Stage.ReceivingLog;
                break;
            case ZabMessage.SyncTruncate m when _stage == Stage.AwaitingSync:
                OnTruncate(m, effects);
                break;
            case ZabMessage.SyncSnapshot m when _stage is Stage.AwaitingSync or Stage.ReceivingLog:
                OnSnapshot(m, effects);
                break;
            case ZabMessage.SnapshotChunk m when _stage == Stage.ReceivingSnapshot:
                OnChunk(m, effects);
                break;
            case ZabMessage.Proposals m when _stage is >= Stage.ReceivingLog and not Stage.ReceivingSnapshot:
                OnProposals(m, now, effects);
                break;
            case ZabMessage.NewLeader m when _stage == Stage.ReceivingLog:
                OnNewLeader(m, now, effects);
                break;
            case ZabMessage.UpToDate m when _stage == Stage.AwaitingUpToDate:
                OnUpToDate(m, now, effects);
                break;
            case ZabMessage.Commit m when _stage is >= Stage.MakingHistoryDurable:
                OnCommitted(m.UpTo, now, effects);
                break;
            case ZabMessage.Ping m:
                Send(new ZabMessage.Pong(), effects);
                if (_stage >= Stage.MakingHistoryDurable)
                {
                    OnCommitted(m.Committed, now, effects);
                }

                break;
            case ZabMessage.Confirm m when _stage >= Stage.AwaitingUpToDate:
                Send(new ZabMessage.Confirmed(m.Round), effects);
                break;
            case ZabMessage.Application m when _stage == Stage.Serving:
                OnApplication(m, now, effects);
                break;
            case ZabMessage.Leaving m:
                Peer.Leave($"server {_leader} leaves: {m.Reason}");
                break;
            case ZabMessage.LeaderInfo or ZabMessage.SyncDiff or ZabMessage.SyncTruncate or ZabMessage.SyncSnapshot or ZabMessage.SnapshotChunk
                or ZabMessage.Proposals or ZabMessage.NewLeader or ZabMessage.UpToDate or ZabMessage.Commit or ZabMessage.Application
                or ZabMessage.FollowerInfo or ZabMessage.AckEpoch or ZabMessage.AckNewLeader or ZabMessage.Ack or ZabMessage.Pong
                or ZabMessage.SnapshotChunkReceived or ZabMessage.Confirm or ZabMessage.Confirmed:
                LeaveForFault($"{message.GetType().Name} is out of place in {_stage}", effects);
                break;
            default:
                throw new UnreachableException($"unknown message {message.GetType().Name}");
        }
    }

    private void OnLeaderInfo(ZabMessage.LeaderInfo m, Now now, List<Effect> effects)
    {
        if (m.NewEpoch < History.AcceptedEpoch)
        {
            Peer.Leave($"server {_leader} proposes epoch {m.NewEpoch}, but {History.AcceptedEpoch} was accepted before");
            return;
        }

        _newlyAccepted = m.NewEpoch > History.AcceptedEpoch;
        if (_newlyAccepted)
        {
            History.AcceptEpoch(m.NewEpoch, effects);
        }

        // Promise and history may only be spoken of once they are durable, and so must be what an earlier role left in the disk's queue.
        _awaitedToken = History.LastToken;
        _stage = Stage.MakingPromiseDurable;
        Proceed(now, effects);
    }

    private void OnTruncate(ZabMessage.SyncTruncate m, List<Effect> effects)
    {
        if (m.KeepUpTo > History.LastLogged || m.KeepUpTo < History.OldestLogged || m.KeepUpTo < History.LastCommitted)
        {
            LeaveForFault(
                $"it asks to cut after {m.KeepUpTo}, but the log reaches from {History.OldestLogged} to {History.LastLogged} and is committed up to "
                    + $"{History.LastCommitted}",
                effects);
            return;
        }

        _stage = Stage.ReceivingLog;
        if (History.Truncate(m.KeepUpTo, effects))
        {
            Peer.Restart($"transactions after {m.KeepUpTo} were applied but are not in the history of the leader, server {_leader}", effects);
        }
    }

    private void OnSnapshot(ZabMessage.SyncSnapshot m, List<Effect> effects)
    {
        if (m.Zxid < History.LastCommitted || m.Zxid.Epoch > History.AcceptedEpoch)
        {
            LeaveForFault(
                $"it sends a state at {m.Zxid}, but transactions are committed up to {History.LastCommitted} and the epoch is {History.AcceptedEpoch}", effects);
            return;
        }

        _snapshot = new SnapshotReceiver(m.Zxid, Peer.Application.BeginRestore());
        _stage = Stage.ReceivingSnapshot;
        effects.Add(new ZabEffect.BeginSnapshotInstall(m.Zxid));
    }

    private void OnApplication(ZabMessage.Application m, Now now, List<Effect> effects)
    {
        try
        {
            Peer.Application.MessageReceived(_leader, m.Payload, now, effects);
        }
        catch (FormatException e)
        {
            LeaveForFault(e.Message, effects);
        }
    }

    private void OnChunk(ZabMessage.SnapshotChunk m, List<Effect> effects)
    {
        var snapshot = _snapshot!;
        if (!snapshot.TryWrite(m, out var problem))
        {
            LeaveForFault($"the state it sent is damaged: {problem}", effects);
            return;
        }

        effects.Add(new ZabEffect.SnapshotInstallChunk(m.Data));
        Send(new ZabMessage.SnapshotChunkReceived(m.Index), effects);
        if (!m.Last)
        {
            return;
        }

        try
        {
            History.Install(snapshot.Zxid, snapshot.Writer, effects);
        }
        catch (FormatException e)
        {
            LeaveForFault($"the state it sent is not complete: {e.Message}", effects);
            return;
        }

        _snapshot = null;
        _stage = Stage.ReceivingLog;
    }

    private void AbandonSnapshot(List<Effect> effects)
    {
        if (_snapshot is not null)
        {
            _snapshot = null;
            effects.Add(new ZabEffect.AbandonSnapshotInstall());
        }
    }

    private void OnProposals(ZabMessage.Proposals m, Now now, List<Effect> effects)
    {
        if (History.Refusal(m.Txns) is { } refusal)
        {
            LeaveForFault($"its proposals are refused: {refusal}", effects);
            return;
        }

        History.Append(m.Txns, effects);
        if (_stage >= Stage.MakingHistoryDurable)
        {
            OnCommitted(m.Committed, now, effects);
        }
    }

    private void OnNewLeader(ZabMessage.NewLeader m, Now now, List<Effect> effects)
    {
        if (m.Epoch != History.AcceptedEpoch || m.LastZxid != History.LastLogged)
        {
            LeaveForFault(
                $"its history ends with {m.LastZxid} in epoch {m.Epoch}, but {History.LastLogged} in epoch {History.AcceptedEpoch} has arrived", effects);
            return;
        }

        _historyEnd = m.LastZxid;
        _awaitedToken = History.LastToken;
        _stage = Stage.MakingHistoryDurable;
        Proceed(now, effects);
    }

    /// <summary>What waits for the disk. History first, then the epoch, then the acknowledgement: after a crash in between nobody counts on this server.</summary>
    private void Proceed(Now now, List<Effect> effects)
    {
        if (!IsWaitingForDisk || !History.IsDurable(_awaitedToken))
        {
            return;
        }

        if (_stage == Stage.MakingPromiseDurable)
        {
            _stage = Stage.AwaitingSync;
            Send(new ZabMessage.AckEpoch(History.CurrentEpoch, History.LastLogged, History.OldestLogged, _newlyAccepted, History.AcceptedEpoch), effects);
            Peer.Become(this, ZabPhase.Synchronization, $"promised epoch {History.AcceptedEpoch} to server {_leader}", now, effects);
            return;
        }

        if (_stage == Stage.MakingHistoryDurable)
        {
            _stage = Stage.MakingEpochDurable;
            if (History.CurrentEpoch < History.AcceptedEpoch)
            {
                _awaitedToken = History.EnterEpoch(History.AcceptedEpoch, effects);
                return;
            }
        }

        _stage = Stage.AwaitingUpToDate;
        _acked = History.LastDurable;
        Send(new ZabMessage.AckNewLeader(_acked), effects);
    }

    private void OnUpToDate(ZabMessage.UpToDate m, Now now, List<Effect> effects)
    {
        if (m.Committed < _historyEnd)
        {
            LeaveForFault($"it declares this server up to date at {m.Committed}, before {_historyEnd}", effects);
            return;
        }

        _stage = Stage.Serving;
        OnCommitted(m.Committed, now, effects);
        if (!Peer.IsLeaving)
        {
            Peer.Become(this, ZabPhase.Broadcast, $"up to date with server {_leader} at {m.Committed}", now, effects);
            Relabel(now, effects);
        }
    }

    /// <summary>Before UPTODATE a commit is only remembered: nobody may see a state that lacks a part of what was synchronized.</summary>
    private void OnCommitted(Zxid upTo, Now now, List<Effect> effects)
    {
        if (upTo > History.LastLogged)
        {
            LeaveForFault($"it commits {upTo}, but the log ends with {History.LastLogged}", effects);
            return;
        }

        _committed = upTo > _committed ? upTo : _committed;
        if (_stage == Stage.Serving && History.Commit(_committed, now, effects) && Peer.Phase == ZabPhase.Broadcast)
        {
            Relabel(now, effects);
        }
    }

    private void Relabel(Now now, List<Effect> effects)
    {
        var label = LabelNow();
        if (label != _label)
        {
            _label = label;
            Peer.Become(this, ZabPhase.Broadcast, $"configuration {Peer.Configuration.Version} makes this server {label}", now, effects);
        }
    }
}

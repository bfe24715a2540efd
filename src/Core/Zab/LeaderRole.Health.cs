using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <content>Heartbeats: who is in touch, and whether that still is a quorum.</content>
internal sealed partial class LeaderRole
{
    public override void Tick(Now now, List<Effect> effects)
    {
        _nextTick = now.Monotonic + Options.HeartbeatInterval;
        _batches.Forget();
        if (Peer.Phase == ZabPhase.Broadcast && Peer.WasStalledBeyondSyncTimeout && !IsAloneAQuorum())
        {
            Peer.Leave("this server stood still for longer than the sync timeout: its followers have left it");
            return;
        }

        for (var i = 0; i < _links.Count; i++)
        {
            if (_links.Values[i].State >= LearnerLink.Stage.EpochSent)
            {
                _links.Values[i].Channel.Send(new ZabMessage.Ping(History.LastCommitted), effects);
            }
        }

        AskOnceMore(effects);
        if (!Peer.MayJudgeSilence(now))
        {
            return;
        }

        if (Peer.Phase == ZabPhase.Broadcast)
        {
            DropSilent(now, effects);
            DemandQuorum();
        }
        else
        {
            CheckProgress(now, effects);
        }
    }

    public override void PeerLost(ServerId peer, Now now, List<Effect> effects)
    {
        if (_links.TryGetValue(peer, out var link))
        {
            Drop(link, $"the connection to server {peer} broke", now, effects);
        }
        else
        {
            NoteGone(peer);
        }
    }

    private void DropSilent(Now now, List<Effect> effects)
    {
        for (var i = _links.Count - 1; i >= 0; i--)
        {
            var link = _links.Values[i];
            var silence = now.Monotonic - link.HeardAt;
            if (silence > (link.HasAcknowledgedEpoch ? Options.SyncTimeout : Options.InitTimeout))
            {
                Drop(link, $"server {link.Id} was silent for {silence} ms", now, effects);
            }
            else if (link.State == LearnerLink.Stage.UpToDate && Backlog(link) > 2L * Options.MaxOutstanding)
            {
                Drop(link, $"server {link.Id} is {Backlog(link)} transactions behind", now, effects);
            }
        }
    }

    private long Backlog(LearnerLink link)
    {
        var durable = new Zxid(Math.Max(0, _durable[link.Id.Value]));
        return link.Sent.Epoch == durable.Epoch ? (long)link.Sent.Counter - durable.Counter : link.Sent.Counter;
    }

    private void CheckProgress(Now now, List<Effect> effects)
    {
        for (var i = 0; i < _links.Count; i++)
        {
            if (_links.Values[i].StateAwaitedSince is { } since && now.Monotonic - since > Options.SyncTimeout)
            {
                Peer.Restart($"server {_links.Keys[i]} needs a state that holds this server's whole log, and no quorum forms without it", effects);
                return;
            }
        }

        // Joining takes messages only; once there is a quorum, disks have a part in it, and they may be slow.
        if (now.Monotonic - _progressAt > (_choice.Chosen is null ? Options.JoinTimeout : Options.InitTimeout))
        {
            Peer.Leave($"no quorum joined in {Peer.Phase} for {now.Monotonic - _progressAt} ms");
        }
    }

    private void Drop(LearnerLink link, string reason, Now now, List<Effect> effects)
    {
        link.Channel.Send(new ZabMessage.Leaving(reason), effects);
        Forget(link.Id, isBack: false, now, effects);
    }

    private void Forget(ServerId learner, bool isBack, Now now, List<Effect> effects)
    {
        if (!_links.Remove(learner, out var link))
        {
            return;
        }

        NoteCatchingUp();
        if (link.State == LearnerLink.Stage.UpToDate)
        {
            Peer.Application.LearnerLost(learner, now, effects);
        }

        if (Peer.Phase == ZabPhase.Broadcast)
        {
            DemandQuorum();
        }
        else if (!isBack)
        {
            NoteGone(learner);
        }
    }

    private void DropForFault(LearnerLink link, string problem, Now now, List<Effect> effects)
    {
        effects.Add(new ZabEffect.PeerAtFault(link.Id, problem));
        Drop(link, problem, now, effects);
    }

    /// <summary>
    /// Before the epoch is established: who left, or whose connection broke, looks for a leader again, and comes to this one only if a quorum names it.
    /// When none is left without those that are gone, waiting is in vain.
    /// </summary>
    private void NoteGone(ServerId peer)
    {
        if (Peer.Phase == ZabPhase.Broadcast)
        {
            return;
        }

        _gone.Add(peer);
        if (!History.Configurations.IsQuorumWithout(_gone))
        {
            Peer.Leave($"servers {string.Join(", ", _gone.Order())} are gone: no quorum can join in {Peer.Phase}");
        }
    }

    /// <summary>Without a quorum in touch nothing can be committed, and another leader may already have been elected.</summary>
    private void DemandQuorum()
    {
        _inTouch.Clear();
        _inTouch.Add(Peer.Self);
        for (var i = 0; i < _links.Count; i++)
        {
            if (_links.Values[i].HasAcknowledgedEpoch)
            {
                _inTouch.Add(_links.Keys[i]);
            }
        }

        if (!History.Configurations.IsQuorum(_inTouch))
        {
            Peer.Leave($"only servers {string.Join(", ", _inTouch)} are in touch: no quorum");
        }
    }

    private bool IsAloneAQuorum()
    {
        _inTouch.Clear();
        _inTouch.Add(Peer.Self);
        return History.Configurations.IsQuorum(_inTouch);
    }
}

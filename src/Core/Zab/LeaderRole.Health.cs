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

        if (now.Monotonic - _progressAt > Options.InitTimeout)
        {
            Peer.Leave($"no quorum joined in {Peer.Phase} for {now.Monotonic - _progressAt} ms");
        }
    }

    private void Drop(LearnerLink link, string reason, Now now, List<Effect> effects)
    {
        link.Channel.Send(new ZabMessage.Leaving(reason), effects);
        Forget(link.Id, now, effects);
    }

    private void Forget(ServerId learner, Now now, List<Effect> effects)
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

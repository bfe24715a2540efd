using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <content>Phase 1: learners join, an epoch is chosen and promised.</content>
internal sealed partial class LeaderRole
{
    private void Join(ServerId learner, ZabEnvelope first, Now now, List<Effect> effects)
    {
        var info = (ZabMessage.FollowerInfo)first.Message;
        if (info.AcceptedEpoch.Value == int.MaxValue)
        {
            effects.Add(new ZabEffect.PeerAtFault(learner, $"it has accepted epoch {info.AcceptedEpoch}, after which there is no other"));
            Peer.Refuse(learner, first, effects);
            return;
        }

        if (_choice.Chosen is { } own && info.AcceptedEpoch > own && !History.Configurations.Contains(learner))
        {
            // Who does not belong to the ensemble must not end its leadership. It can follow once a later epoch is chosen.
            Peer.NoteAcceptedEpoch(info.AcceptedEpoch);
            Peer.Refuse(learner, first, effects);
            return;
        }

        // What it acknowledged on an earlier channel counts again when it has said so again: its disk may be another one.
        _durable[learner.Value] = QuorumPosition.None;
        _gone.Remove(learner);
        var link = new LearnerLink(learner, new ZabChannel(learner, first.Channel), info, _choice.Join(learner, info.AcceptedEpoch), now.Monotonic);
        link.Channel.Receive(first);
        _links[learner] = link;
        Peer.NoteAcceptedEpoch(info.AcceptedEpoch);
        if (_choice.Chosen is { } chosen && info.AcceptedEpoch > chosen)
        {
            // It can never follow in this epoch: without a new one it would be shut out for as long as this leadership lasts.
            Peer.Leave($"server {learner} has accepted epoch {info.AcceptedEpoch}, which is above {chosen}");
            return;
        }

        if (link.Attempt == 1)
        {
            _progressAt = now.Monotonic;
        }

        TryChooseEpoch(effects);
        if (_isPromiseDurable)
        {
            SendEpoch(link, effects);
        }
    }

    private void TryChooseEpoch(List<Effect> effects)
    {
        if (_choice.TryChoose(out var epoch))
        {
            _promiseToken = History.AcceptEpoch(epoch, effects);
        }
    }

    private void OnPromiseDurable(Now now, List<Effect> effects)
    {
        _isPromiseDurable = true;
        _progressAt = now.Monotonic;
        _choice.Promise(Peer.Self);
        for (var i = 0; i < _links.Count; i++)
        {
            SendEpoch(_links.Values[i], effects);
        }

        TryEndDiscovery(now, effects);
    }

    private void SendEpoch(LearnerLink link, List<Effect> effects)
    {
        link.State = LearnerLink.Stage.EpochSent;
        link.Channel.Send(new ZabMessage.LeaderInfo(History.AcceptedEpoch), effects);
    }

    private void OnAckEpoch(LearnerLink link, ZabMessage.AckEpoch m, Now now, List<Effect> effects)
    {
        if (m.CurrentEpoch > History.AcceptedEpoch || m.LastZxid.Epoch > History.AcceptedEpoch || m.OldestZxid > m.LastZxid
            || (m.LastZxid.Counter == 0 && m.LastZxid != Zxid.Zero))
        {
            DropForFault(link, $"{m} is no history that a server can have in epoch {History.AcceptedEpoch}", now, effects);
            return;
        }

        link.LastZxid = m.LastZxid;
        link.OldestZxid = m.OldestZxid;
        link.State = LearnerLink.Stage.HistoryKnown;
        if (Peer.Phase != ZabPhase.Discovery)
        {
            StartSync(link, now, effects);
            return;
        }

        var isLonger = m.CurrentEpoch > History.CurrentEpoch || (m.CurrentEpoch == History.CurrentEpoch && m.LastZxid > History.LastLogged);
        if (isLonger && History.Configurations.IsParticipant(link.Id))
        {
            Peer.Leave($"server {link.Id} has more history, up to {m.LastZxid} in epoch {m.CurrentEpoch}, "
                + $"than this one, up to {History.LastLogged} in epoch {History.CurrentEpoch}");
            return;
        }

        if (m.NewlyAccepted)
        {
            _progressAt = now.Monotonic;
            _choice.Promise(link.Id);
            TryEndDiscovery(now, effects);
        }
        else if (!_choice.IsPromiseStillPossible(link.Id))
        {
            Peer.Leave($"too many servers had promised epoch {History.AcceptedEpoch} before, server {link.Id} too: another epoch is due");
        }
    }

    private void TryEndDiscovery(Now now, List<Effect> effects)
    {
        if (Peer.Phase != ZabPhase.Discovery || !_choice.IsPromisedByQuorum())
        {
            return;
        }

        // All of the own history is durable: the promise was written after it, and nothing was appended since.
        Invariant.That(History.IsDiskIdle, $"server {Peer.Self} ends discovery with disk effects under way");
        _synchronizer.InitialEnd = History.LastLogged;
        _epochToken = History.EnterEpoch(History.AcceptedEpoch, effects);
        Peer.Become(this, ZabPhase.Synchronization, $"a quorum promised epoch {History.AcceptedEpoch}", now, effects);
        StartWaiting(now, effects);
    }
}

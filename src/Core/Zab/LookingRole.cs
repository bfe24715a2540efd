using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// Without a leader. A learner's decision may come before the elected server's own: its first message is kept until this server
/// knows whether it leads, but not for ever, as the learner takes no part in an election while it waits.
/// </summary>
internal sealed class LookingRole(ZabPeer peer) : PeerRole(peer)
{
    private readonly SortedDictionary<ServerId, ZabEnvelope> _waiting = [];
    private long? _refusalDue;

    public override ZabRole Role => ZabRole.Looking;

    public override ServerId? Leader => null;

    public override long? NextTick => _waiting.Count > 0 ? _refusalDue : null;

    /// <summary>The learners that wait for this server, at most one message each.</summary>
    public IReadOnlyCollection<KeyValuePair<ServerId, ZabEnvelope>> Waiting => _waiting;

    public override void Enter(Now now, List<Effect> effects)
    {
    }

    public override void Exit(string reason, List<Effect> effects)
    {
    }

    public override void MessageReceived(ServerId from, ZabEnvelope envelope, Now now, List<Effect> effects)
    {
        if (envelope is { Sequence: 0, Message: ZabMessage.FollowerInfo } && Peer.AdmitChannel(from, envelope.Channel))
        {
            _waiting[from] = envelope;
            _refusalDue ??= now.Monotonic + Options.JoinTimeout;
        }
        else if (envelope.Message is ZabMessage.Leaving && _waiting.TryGetValue(from, out var first) && first.Channel == envelope.Channel)
        {
            Forget(from);
        }
    }

    public override void MessageRefused(ServerId peer, string problem, Now now, List<Effect> effects)
    {
        // Of a channel that is gone.
    }

    public override void PeerLost(ServerId peer, Now now, List<Effect> effects) => Forget(peer);

    public override void Persisted(Now now, List<Effect> effects)
    {
    }

    public override void LogRead(ZabInput.LogRead answer, Now now, List<Effect> effects)
    {
    }

    public override void Tick(Now now, List<Effect> effects)
    {
        foreach (var (from, first) in _waiting)
        {
            Peer.Refuse(from, first, effects);
        }

        _waiting.Clear();
        _refusalDue = null;
    }

    private void Forget(ServerId peer)
    {
        if (_waiting.Remove(peer) && _waiting.Count == 0)
        {
            _refusalDue = null;
        }
    }
}

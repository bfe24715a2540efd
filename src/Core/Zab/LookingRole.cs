using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// Without a leader. A learner's decision may come before the elected server's own: its first message is kept until this server
/// knows whether it leads.
/// </summary>
internal sealed class LookingRole(ZabPeer peer) : PeerRole(peer)
{
    private readonly SortedDictionary<ServerId, ZabEnvelope> _waiting = [];

    public override ZabRole Role => ZabRole.Looking;

    public override ServerId? Leader => null;

    public override long? NextTick => null;

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
        }
        else if (envelope.Message is ZabMessage.Leaving && _waiting.TryGetValue(from, out var first) && first.Channel == envelope.Channel)
        {
            _waiting.Remove(from);
        }
    }

    public override void PeerLost(ServerId peer, Now now, List<Effect> effects) => _waiting.Remove(peer);

    public override void Persisted(Now now, List<Effect> effects)
    {
    }

    public override void LogRead(ZabInput.LogRead answer, Now now, List<Effect> effects)
    {
    }

    public override void Tick(Now now, List<Effect> effects)
    {
    }
}

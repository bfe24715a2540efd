using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// What a server does in one role. A role ends once: it asks for that with <see cref="ZabPeer.Leave"/> and returns; the change is made at the
/// end of the step, so that no loop runs on over a role that is gone.
/// </summary>
internal abstract class PeerRole(ZabPeer peer)
{
    public abstract ZabRole Role { get; }

    public abstract ServerId? Leader { get; }

    /// <summary>The monotonic time in ms of the next tick, or null.</summary>
    public abstract long? NextTick { get; }

    protected ZabPeer Peer { get; } = peer;

    protected ZabHistory History => Peer.History;

    protected ZabOptions Options => Peer.Options;

    public abstract void Enter(Now now, List<Effect> effects);

    /// <summary>Tells peers and drops whatever is under way.</summary>
    public abstract void Exit(string reason, List<Effect> effects);

    public abstract void MessageReceived(ServerId from, ZabEnvelope envelope, Now now, List<Effect> effects);

    /// <summary>A peer's message makes no sense: its channel ends, and nothing else.</summary>
    public abstract void MessageRefused(ServerId peer, string problem, Now now, List<Effect> effects);

    public abstract void PeerLost(ServerId peer, Now now, List<Effect> effects);

    /// <summary>More is durable.</summary>
    public abstract void Persisted(Now now, List<Effect> effects);

    public abstract void LogRead(ZabInput.LogRead answer, Now now, List<Effect> effects);

    public abstract void Tick(Now now, List<Effect> effects);
}

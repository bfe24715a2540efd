using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Peers;

/// <summary>Hears of a link's fate. Called from the link's own task or from the liveness dispatcher: queue and return.</summary>
internal interface IPeerLinkOwner
{
    /// <summary>The link broke: what was queued or under way may not have arrived. What is sent from now on goes over a new link.</summary>
    void LinkLost(ServerId peer, string reason);

    /// <summary>The peer's grain answers (again). Only links that probe say so.</summary>
    void LinkConnected(ServerId peer);
}

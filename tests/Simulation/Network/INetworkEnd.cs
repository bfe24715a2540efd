using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Simulation.Network;

/// <summary>A server as the network sees it.</summary>
public interface INetworkEnd
{
    /// <summary>Whether its process runs.</summary>
    bool Running { get; }

    /// <summary>How often it has started.</summary>
    int Incarnation { get; }

    /// <summary>A message has arrived.</summary>
    void Receive(ServerId from, NetworkMessage message);

    /// <summary>The link to a peer broke.</summary>
    void PeerLost(ServerId peer);

    /// <summary>A link to a peer has come up.</summary>
    void PeerConnected(ServerId peer);
}

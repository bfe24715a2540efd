using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Replica;

/// <summary>What the leader's desk tells the clients of its own server.</summary>
internal interface ILeaderClients
{
    /// <summary>The outcome of the oldest request without one.</summary>
    void Assigned(Outcome outcome);

    /// <summary>The answer to an attach.</summary>
    void Attached(ConnectionId connection, long sessionId, int timeout);

    /// <summary>A quorum has confirmed that the leader leads.</summary>
    void Confirmed(long ticket, Zxid committed);
}

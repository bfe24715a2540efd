using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <summary>The way from a server's clients to the leader, which may be this server itself.</summary>
internal interface ILeaderLink
{
    /// <summary>Hands over a write, a sync or a session's beginning or end. Its outcome comes to the <see cref="OriginQueue"/>, in order.</summary>
    void Submit(in WriteRequest request);

    /// <summary>A client has shown its session's password: the answer comes to <see cref="Handshake.Attached"/>.</summary>
    void Attach(ConnectionId connection, long sessionId);

    /// <summary>Reads up to this ticket wait for a confirmation that the leader leads: it comes to <see cref="ReplicaClients.Confirmed"/>.</summary>
    void Confirm(long ticket);

    /// <summary>A session's client gave a sign of life.</summary>
    void Touch(long sessionId);
}

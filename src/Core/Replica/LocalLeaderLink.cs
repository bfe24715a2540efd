using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <summary>The leader's own clients: no message is needed.</summary>
internal sealed class LocalLeaderLink(ServerId self, LeaderDesk leader) : ILeaderLink
{
    public void Submit(in WriteRequest request) => leader.Submit(self, request);

    public void Attach(ConnectionId connection, long sessionId) => leader.Attach(self, connection.Value, sessionId);

    public void Confirm(long ticket) => leader.Confirm(self, ticket);

    public void Touch(long sessionId) => leader.Touch(sessionId);
}

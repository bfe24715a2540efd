using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Simulation.Clients;

/// <summary>Sees what clients see, and judges it.</summary>
public interface IClientWitness
{
    /// <summary>A session was given, or stands after a reconnection.</summary>
    void Attached(SimClient client, long session, bool isNew, int timeout);

    /// <summary>The client was told that its session has expired.</summary>
    void Expired(SimClient client);

    /// <summary>A request was sent.</summary>
    void Invoked(SimClient client, ClientRequest request);

    /// <summary>A reply has come; without a request it answers a ping or setWatches.</summary>
    void Replied(SimClient client, Zxid zxid, ErrorCode error, ClientRequest? request);

    /// <summary>The server has taken over the watches of a client that has connected again.</summary>
    void WatchesSet(SimClient client, Zxid zxid);

    /// <summary>A watch event has come.</summary>
    void Notified(SimClient client, WatchEventType type, string path);
}

using System.Net;

namespace GrainKeeper.Grains.Connections;

/// <summary>The way of clients to the trees of this server within the process: what a socket endpoint uses, without a grain call per request. Thread-safe.</summary>
public interface IReplicaConnections
{
    /// <summary>Opens a connection to a tree.</summary>
    /// <param name="tree">The tree's name.</param>
    /// <param name="address">Where the client comes from, for <c>ip</c> ACLs.</param>
    /// <param name="sink">Takes what is sent to the client.</param>
    /// <returns>The connection; null when the tree is not running here: refuse the client, it will try another server.</returns>
    IReplicaConnection? Open(string tree, IPAddress address, IConnectionSink sink);
}

using System.Net;
using GrainKeeper.Core.Replica;

namespace GrainKeeper.Grains.Connections;

/// <summary>The way of clients to the trees of this server within the process: what a socket endpoint uses, without a grain call per request. Thread-safe.</summary>
public interface IReplicaConnections
{
    /// <summary>Opens a connection to a tree.</summary>
    /// <param name="tree">The tree's name.</param>
    /// <param name="address">Where the client comes from, for <c>ip</c> ACLs.</param>
    /// <param name="certificate">The subject of its verified certificate in RFC 2253's notation, for <c>x509</c> ACLs; null without one.</param>
    /// <param name="sink">Takes what is sent to the client.</param>
    /// <returns>The connection; null when the tree is not running here: refuse the client, it will try another server.</returns>
    IReplicaConnection? Open(string tree, IPAddress address, string? certificate, IConnectionSink sink);

    /// <summary>Asks a replica for its status and lists, for administrators.</summary>
    /// <param name="tree">The tree's name.</param>
    /// <param name="parts">Which lists.</param>
    /// <param name="limit">Most entries of all lists together: clients wait while they are made.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Both, of one moment; null when the tree is not running here.</returns>
    Task<ReplicaView?> InspectAsync(string tree, ReplicaReportParts parts, int limit, CancellationToken cancellationToken);
}

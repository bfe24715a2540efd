using GrainKeeper.Contracts.Peers;
using GrainKeeper.Contracts.Servers;
using Orleans.Concurrency;

namespace GrainKeeper.Contracts.Trees;

/// <summary>
/// A server's replica of one tree. Key: <see cref="ServerGrainKey"/>. Clients talk to it over virtual connections which carry ZooKeeper's own frames:
/// the first is a ConnectRequest, its answer a ConnectResponse, and so on. A connection lives on this server only; when it ends, for whatever reason,
/// the session lives on and is re-attached over a new connection to any server.
/// </summary>
[Alias("gk.IZNodeTreeGrain")]
public interface IZNodeTreeGrain : IPostedPeerGrain
{
    /// <summary>Opens a virtual connection.</summary>
    /// <returns>Its number, never used twice; negative when the tree is not running here: try another server.</returns>
    [AlwaysInterleave, Alias("OpenConnection")]
    Task<long> OpenConnection(ConnectionOptions options);

    /// <summary>
    /// Hands over frames. The sender numbers its batches from 1 and keeps one call under way; after an unknown outcome it may send the same batch again, which is then taken once.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="batch">Complete frames.</param>
    [AlwaysInterleave, Alias("Send")]
    Task<SendOutcome> Send(long connection, FrameBatch batch);

    /// <summary>
    /// Waits for frames to the client. The answer is the batch after <paramref name="after"/>; it is kept until the next call confirms it, so that a lost answer can be fetched again.
    /// An empty batch means that nothing came in time: call again. One call at a time; a later call ends an earlier one with an empty batch.
    /// A connection on which nothing is called for <see cref="ConnectionOptions.IdleLimit"/> is closed.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="after">The number of the last batch received; 0 at the beginning.</param>
    /// <param name="waitMilliseconds">How long to wait at most, 0 to <see cref="ConnectionOptions.MaxWait"/>; other values are taken as the nearest limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    [AlwaysInterleave, Alias("Receive")]
    Task<ReceivedBatch> Receive(long connection, long after, int waitMilliseconds, CancellationToken cancellationToken = default);

    /// <summary>Ends a connection; unknown ones are ignored.</summary>
    [AlwaysInterleave, Alias("CloseConnection")]
    Task CloseConnection(long connection);

    /// <summary>What this server is doing in the tree.</summary>
    [AlwaysInterleave, Alias("GetStatus")]
    Task<ServerStatus> GetStatus();
}

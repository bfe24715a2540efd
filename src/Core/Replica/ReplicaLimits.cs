namespace GrainKeeper.Core.Replica;

/// <summary>Bounds on what clients may have under way, derived from the options.</summary>
internal sealed class ReplicaLimits(ReplicaOptions options)
{
    private const int MostRequestsPerConnection = 1_000;

    /// <summary>Requests of all connections.</summary>
    public int Requests { get; } = options.MaxOutstandingRequests;

    /// <summary>Bytes of all connections' requests: memory stays bounded when frames are large.</summary>
    public long Bytes { get; } = Math.Max(64L * 1024 * 1024, options.MaxFrame * 4L);

    /// <summary>Requests of one connection, beyond which it is paused.</summary>
    public int RequestsPerConnection { get; } = Math.Min(MostRequestsPerConnection, options.MaxOutstandingRequests);

    /// <summary>Bytes of one connection's requests, beyond which it is paused.</summary>
    public long BytesPerConnection { get; } = Math.Max(4L * 1024 * 1024, options.MaxFrame * 2L);

    /// <summary>Requests of one connection that may wait before the replica takes them: twice as many, taken in two rounds before a pause is heard, must fit.</summary>
    public int QueuedRequestsPerConnection => RequestsPerConnection * 4;

    /// <summary>Bytes of one connection's requests that may wait before the replica takes them.</summary>
    public long QueuedBytesPerConnection => BytesPerConnection;

    /// <summary>Requests of one connection, beyond which it is closed: what its host had read already when told to pause must fit.</summary>
    public int RefusedRequestsPerConnection => RequestsPerConnection * 16;

    /// <summary>Bytes of one connection's requests, beyond which it is closed.</summary>
    public long RefusedBytesPerConnection => BytesPerConnection * 4;

    /// <summary>Milliseconds in which a client must send its ConnectRequest.</summary>
    public int HandshakeTimeout { get; } = Math.Max(10_000, options.TickTime * 5);

    /// <summary>
    /// Milliseconds for which a client that asks for a session waits while there is no leader. An election takes a fraction of it, and the next server of the client's list may be
    /// the one that hangs; below a client's own limit for one server, a third of 4 s with three servers.
    /// </summary>
    public int LeaderPatience { get; } = 1_000;
}

using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>Limits and switches of a replica. All times in milliseconds.</summary>
public sealed record ReplicaOptions
{
    /// <summary>The tree's name; <c>root</c> is the one that lists the others.</summary>
    public string Tree { get; init; } = "root";

    /// <summary>Limits of ZAB.</summary>
    public ZabOptions Zab { get; init; } = new();

    /// <summary>ZooKeeper's tickTime: the unit of session timeouts. Default 2,000.</summary>
    public int TickTime { get; init; } = 2_000;

    /// <summary>Smallest session timeout granted; default 2 ticks.</summary>
    public int? MinSessionTimeout { get; init; }

    /// <summary>Largest session timeout granted; default 20 ticks.</summary>
    public int? MaxSessionTimeout { get; init; }

    /// <summary>Largest request frame and largest node data with its path, in bytes (ZooKeeper's jute.maxbuffer). Default 0xfffff.</summary>
    public int MaxFrame { get; init; } = 0xfffff;

    /// <summary>
    /// Largest transaction in bytes, 32 MiB by default: at least <see cref="MaxFrame"/> and 64 KiB more, and no more than the storage takes. A multi whose
    /// transaction would exceed it fails; the end of a session with more ephemeral nodes than fit a quarter of it is spread over several transactions.
    /// </summary>
    public int MaxTxnBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Requests of all connections that may be under way at once; beyond it the host is told to read no more. Default 10,000.</summary>
    public int MaxOutstandingRequests { get; init; } = 10_000;

    /// <summary>
    /// How many requests, and bytes of them, of one connection the host may hold that the replica has not taken yet. What is beyond stays with the client: one that sends fast while
    /// the replica is held up must not be closed for going on though it could not be told to pause.
    /// </summary>
    public (int Requests, long Bytes) QueuedPerConnection
    {
        get
        {
            var limits = new ReplicaLimits(this);
            return (limits.QueuedRequestsPerConnection, limits.QueuedBytesPerConnection);
        }
    }

    /// <summary>Whether createTTL is allowed (ZooKeeper's zookeeper.extendedTypesEnabled). Default true here, as nothing on our disk depends on it.</summary>
    public bool TtlNodes { get; init; } = true;

    /// <summary>How often the leader looks for empty containers and expired TTL nodes. Default 60,000.</summary>
    public int ContainerCheckInterval { get; init; } = 60_000;

    /// <summary>Most nodes deleted by one such look. Default 10,000.</summary>
    public int ContainerMaxPerCheck { get; init; } = 10_000;

    /// <summary>The ensemble's secret, 16 bytes or more: session passwords are an HMAC under it.</summary>
    public ReadOnlyMemory<byte> Secret { get; init; }

    /// <summary>The digest (<c>user:base64(sha1(user:password))</c>) that bypasses all ACLs, or null.</summary>
    public string? SuperDigest { get; init; }

    /// <summary>The subject of the client certificate that bypasses all ACLs, in RFC 2253's notation, or null.</summary>
    public string? SuperCertificate { get; init; }

    /// <summary>Whether ACLs are ignored (ZooKeeper's skipACL). Default false.</summary>
    public bool SkipAcl { get; init; }

    /// <summary>Whether the hard limits of quotas are enforced (ZooKeeper's enforceQuota). Default false.</summary>
    public bool EnforceQuota { get; init; }

    /// <summary>Whether changes are told to the host for an audit log (ZooKeeper's audit.enable). Default false.</summary>
    public bool Audit { get; init; }

    /// <summary>
    /// The server list in ZooKeeper's notation, without a version: a leader puts it into <c>/zookeeper/config</c> when another one is there. Empty: that node stays as it is.
    /// </summary>
    public ReadOnlyMemory<byte> Membership { get; init; }

    /// <summary>Whether clients may change the server list (ZooKeeper's reconfigEnabled). Default false.</summary>
    public bool Reconfiguration { get; init; }

    /// <summary>Whether a server that has lost its leader serves reads to clients that asked for read-only. Default false.</summary>
    public bool ReadOnlyMode { get; init; }

    /// <summary>Parties of atomic commit whose records the tree keeps at most; further ones are refused. 1 to 10,000,000; default 200,000.</summary>
    public int MaxCommits { get; init; } = 200_000;

    /// <summary>
    /// Bytes of such records at most, in memory and in snapshots. Parties that have records already may take as much again, so that what has begun can end.
    /// 64 KiB to 1 TiB; default 256 MiB.
    /// </summary>
    public long MaxCommitBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>
    /// How long a client's write may wait for a path that a transaction of an atomic commit has locked, at most a third of its session's timeout; then it fails with
    /// OperationTimeout and has done nothing. 1 to 3,600,000; default 5,000.
    /// </summary>
    public int MaxLockWait { get; init; } = 5_000;

    /// <summary>Transactions after which the replica begins a snapshot by itself. Default 100,000.</summary>
    public int SnapshotEvery { get; init; } = 100_000;

    /// <summary>About how many bytes of a snapshot are taken between two requests: the longer, the longer writers wait. 64 B to 64 MiB; default 1 MiB.</summary>
    public int SnapshotSliceBytes { get; init; } = 1024 * 1024;
}

using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Grains.Transactions;
using GrainKeeper.Grains.Transactions.Postgres;
using GrainKeeper.Storage;

namespace GrainKeeper.Silo.Configuration;

/// <summary>All that one server needs to know to run. Checked, immutable; made by <see cref="ServerConfigurationLoader"/>.</summary>
public sealed record ServerConfiguration
{
    /// <summary>This server.</summary>
    public required ServerId Self { get; init; }

    /// <summary>All servers, this one among them, by id.</summary>
    public required IReadOnlyList<ServerEntry> Servers { get; init; }

    /// <summary>The ensemble's name, 1 to 64 characters. Servers of another ensemble are refused, and so is their data.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The directory of <c>myid</c> and of the server's small files, as a full path.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The directory of logs and snapshots, as a full path: <c>dataLogDir</c>, or else <see cref="DataDirectory"/>.</summary>
    public required string LogDirectory { get; init; }

    /// <summary>The ensemble's secret, 16 bytes or more. Never logged.</summary>
    public required ReadOnlyMemory<byte> Secret { get; init; }

    /// <summary>Whether the secret follows from the cluster id, because none was given: anyone who knows that id can compute it.</summary>
    public bool SecretIsGuessable { get; init; }

    /// <summary>The limits of the root tree's replica; other trees differ in <see cref="ReplicaOptions.Tree"/> only.</summary>
    public required ReplicaOptions Replica { get; init; }

    /// <summary>The election algorithm: 0, 2 or 3. Default 3.</summary>
    public int ElectionAlgorithm { get; init; } = 3;

    /// <summary>Times and secret of the elections.</summary>
    public ElectionOptions Election { get; init; } = new();

    /// <summary>Most trees that this server runs, the root tree included. 1 to 10,000; default 256.</summary>
    public int MaxTrees { get; init; } = 256;

    /// <summary>Limits of atomic commit.</summary>
    public TransactionOptions Transactions { get; init; } = new();

    /// <summary>Where clients and administrators connect.</summary>
    public ClientSettings Clients { get; init; } = new();

    /// <summary>Where Orleans keeps its membership.</summary>
    public ClusteringOptions Clustering { get; init; } = new(ClusteringKind.Static);

    /// <summary>PostgreSQL databases that take part in transactions (<c>transactions.postgres.NAME</c>).</summary>
    public IReadOnlyList<PostgresOptions> Databases { get; init; } = [];

    /// <summary>TLS between servers, or null.</summary>
    public PeerTlsOptions? PeerTls { get; init; }

    /// <summary>Whether the silo and gateway ports listen on all addresses of the machine instead of the one of the server line (<c>quorumListenOnAllIPs</c>).</summary>
    public bool ListenOnAllAddresses { get; init; }

    /// <summary>
    /// The port on which the silo listens when the one of the server line, at which the others reach it, is mapped or forwarded to another
    /// (<c>listen.siloPort</c>); null for the same.
    /// </summary>
    public int? ListenSiloPort { get; init; }

    /// <summary>The same of the gateway (<c>listen.gatewayPort</c>).</summary>
    public int? ListenGatewayPort { get; init; }

    /// <summary>How long a graceful shutdown may take, in milliseconds, before the process ends anyway. 100 to 600,000; default 10,000.</summary>
    public int ShutdownTimeout { get; init; } = 10_000;

    /// <summary>Snapshots to keep, 3 to 1,000; default 3.</summary>
    public int SnapshotsToRetain { get; init; } = 3;

    /// <summary>Size of a full log segment, in bytes. 64 KiB to 1 GiB; default 64 MiB.</summary>
    public int SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>What looked wrong but does not stop the server.</summary>
    public IReadOnlyList<ConfigurationProblem> Warnings { get; init; } = [];

    /// <summary>This server's own line.</summary>
    public ServerEntry SelfEntry => Own ?? Servers.First(s => s.Id == Self);

    /// <summary>This server's own line where <see cref="Servers"/> does not hold it: it was removed.</summary>
    internal ServerEntry? Own { get; init; }

    /// <summary>The quorum rules of the server list.</summary>
    public QuorumConfiguration Quorum => new(Zxid.Zero, Servers.Select(s => new Member(s.Id, s.Role, s.Weight, s.Group)));

    /// <summary>Where and how a tree's replica keeps its data.</summary>
    /// <param name="tree">The tree's name.</param>
    public StorageOptions StorageOf(string tree) => new()
    {
        Directory = Path.Combine(LogDirectory, "trees", tree),
        ClusterId = ClusterId,
        Server = Self,
        Tree = tree,
        SegmentBytes = SegmentBytes,
        FirstSegmentBytes = Math.Min(SegmentBytes, 4 * 1024 * 1024),
        SnapshotsToRetain = SnapshotsToRetain,
        RecentTxns = Replica.Zab.RecentTxns,
        RecentBytes = Replica.Zab.RecentBytes,
    };

    /// <summary>Names the server and its ensemble; no secrets.</summary>
    public override string ToString() => $"server {Self} of {Servers.Count} in {ClusterId}";
}

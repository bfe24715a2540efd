using GrainKeeper.Contracts.Servers;
using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Grains.Peers;
using GrainKeeper.Grains.Transactions;
using GrainKeeper.Storage;

namespace GrainKeeper.Grains.Hosting;

/// <summary>Everything the grains of one server need to know. The host makes it from its configuration.</summary>
public sealed record GrainKeeperServerOptions
{
    /// <summary>This server; must be in <see cref="Configuration"/>.</summary>
    public required ServerId Self { get; init; }

    /// <summary>The ensemble's name, 1 to 128 printable ASCII characters; the same on all servers. Stamped into the data directories.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The servers of the files, their roles and weights.</summary>
    public required QuorumConfiguration Configuration { get; init; }

    /// <summary>Where reconfigurations become known; null when there are none: then <see cref="Configuration"/> stays.</summary>
    public EnsembleDirectory? Ensemble { get; init; }

    /// <summary>Where the data is kept. Each tree has a directory of its name in it; what was deleted is kept under <c>.deleted</c>.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The election algorithm (<c>electionAlg</c>): 0 LeaderElection, 2 AuthFastLeaderElection, 3 FastLeaderElection (default).</summary>
    public int ElectionAlgorithm { get; init; } = 3;

    /// <summary>Times and secret of the elections.</summary>
    public ElectionOptions Election { get; init; } = new();

    /// <summary>Limits of every tree's replica; <see cref="ReplicaOptions.Tree"/> is replaced by each tree's name.</summary>
    public ReplicaOptions Replica { get; init; } = new();

    /// <summary>Limits of every tree's storage; directory, cluster, server and tree are replaced. Null for the defaults.</summary>
    public StorageOptions? Storage { get; init; }

    /// <summary>Limits of the links to the other servers.</summary>
    public PeerLinkOptions Peers { get; init; } = new();

    /// <summary>Limits of atomic commit.</summary>
    public TransactionOptions Transactions { get; init; } = new();

    /// <summary>The servers as clients are told of them; empty when only ids and roles are known.</summary>
    public IReadOnlyList<ServerDescription> Servers { get; init; } = [];

    /// <summary>Most trees that this server runs, the root tree included; more are refused with an error in the log. 1 to 10,000; default 256.</summary>
    public int MaxTrees { get; init; } = 256;

    /// <summary>Bytes of a peer's messages that may wait in one replica before its batches are put off. 1 MiB to 4 GiB; default 128 MiB.</summary>
    public long MaxQueuedPeerBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>Batches of clients' frames that may wait in one replica before clients are put off. 16 to 1,000,000; default 16,384.</summary>
    public int MaxQueuedClientBatches { get; init; } = 16_384;

    /// <summary>Bytes of answers that may wait for one client before its connection is closed. 64 KiB to 4 GiB; default 64 MiB.</summary>
    public long MaxQueuedOutputBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>How long a leader that shuts down waits until its followers have taken notice, in milliseconds. 0 to 60,000; default 2,000.</summary>
    public int HandOverTimeout { get; init; } = 2_000;

    /// <summary>Checks every value that has a range.</summary>
    /// <exception cref="ArgumentException">A value is not allowed; the message names it, its range and the remedy.</exception>
    public void Validate()
    {
        Require(Configuration.Contains(Self), nameof(Self), Self, "a server of the configuration");
        Require(ElectionAlgorithm is 0 or 2 or 3, nameof(ElectionAlgorithm), ElectionAlgorithm, "0, 2 or 3");
        Require(!string.IsNullOrWhiteSpace(DataDirectory), nameof(DataDirectory), DataDirectory, "the path of a directory");
        Require(MaxTrees is >= 1 and <= 10_000, nameof(MaxTrees), MaxTrees, "1 to 10,000");
        Require(MaxQueuedPeerBytes is >= 1L << 20 and <= 4L << 30, nameof(MaxQueuedPeerBytes), MaxQueuedPeerBytes, "1 MiB to 4 GiB");
        Require(MaxQueuedClientBatches is >= 16 and <= 1_000_000, nameof(MaxQueuedClientBatches), MaxQueuedClientBatches, "16 to 1,000,000");
        Require(MaxQueuedOutputBytes is >= 64L << 10 and <= 4L << 30, nameof(MaxQueuedOutputBytes), MaxQueuedOutputBytes, "64 KiB to 4 GiB");
        Require(HandOverTimeout is >= 0 and <= 60_000, nameof(HandOverTimeout), HandOverTimeout, "0 to 60,000");
        Election.Validate();
        Peers.Validate();
        Transactions.Validate();
    }

    private static void Require(bool condition, string name, object? value, string allowed)
    {
        if (!condition)
        {
            throw new ArgumentException($"server option {name} = '{value}' is not allowed; set it to {allowed}", name);
        }
    }
}

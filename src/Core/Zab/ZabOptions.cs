using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>Time and size limits of ZAB. All times in milliseconds.</summary>
public sealed record ZabOptions
{
    /// <summary>How often a leader says it is alive, and its learners answer. 10 to 60,000; default 250.</summary>
    public int HeartbeatInterval { get; init; } = 250;

    /// <summary>Silence after which a synchronized peer counts as lost (ZooKeeper's syncLimit × tickTime). At least two heartbeats; default 2,000.</summary>
    public int SyncTimeout { get; init; } = 2_000;

    /// <summary>How long discovery and synchronization may make no progress (ZooKeeper's initLimit × tickTime). Default 10,000.</summary>
    public int InitTimeout { get; init; } = 10_000;

    /// <summary>
    /// How long an elected leader waits for a quorum to join, and a learner for the elected server to lead: joining takes messages only, no disk. The sync
    /// timeout, but at least 1,000 (an election may end on some servers later than on others) and at most the init timeout.
    /// </summary>
    public int JoinTimeout => Math.Min(InitTimeout, Math.Max(SyncTimeout, 1_000));

    /// <summary>Recent transactions kept in memory for a DIFF without reading the log. Default 1,000.</summary>
    public int RecentTxns { get; init; } = 1_000;

    /// <summary>Upper limit of the bytes of those transactions. Default 16 MiB.</summary>
    public long RecentBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Proposals that may wait for their quorum; the replica holds further requests back. Default 20,000.</summary>
    public int MaxOutstanding { get; init; } = 20_000;

    /// <summary>Bytes of transactions in one message to a learner. Default 1 MiB.</summary>
    public int MaxBatchBytes { get; init; } = 1024 * 1024;

    /// <summary>Bytes of log beyond which a laggard gets a snapshot instead of a DIFF. Default 64 MiB.</summary>
    public long MaxDiffBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Snapshot chunks under way to one learner without an answer. Default 4.</summary>
    public int SnapshotWindow { get; init; } = 4;

    /// <summary>The counter with which an epoch ends: after that transaction the leader hands over, and a new epoch begins. 1 to 0xffffffff; default 0xffffffff.</summary>
    public uint LastCounter { get; init; } = Zxid.LastCounter;

    /// <summary>Throws when a value is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option, the value and the range.</exception>
    public void Validate()
    {
        Demand(nameof(HeartbeatInterval), HeartbeatInterval, 10, 60_000);
        Demand(nameof(SyncTimeout), SyncTimeout, 2L * HeartbeatInterval, 3_600_000);
        Demand(nameof(InitTimeout), InitTimeout, 2L * HeartbeatInterval, 3_600_000);
        Demand(nameof(RecentTxns), RecentTxns, 1, 10_000_000);
        Demand(nameof(RecentBytes), RecentBytes, 1, 1L << 40);
        Demand(nameof(MaxOutstanding), MaxOutstanding, 1, 10_000_000);
        Demand(nameof(MaxBatchBytes), MaxBatchBytes, 1, 1 << 30);
        Demand(nameof(MaxDiffBytes), MaxDiffBytes, 0, 1L << 40);
        Demand(nameof(SnapshotWindow), SnapshotWindow, 1, 1_000);
        Demand(nameof(LastCounter), LastCounter, 1, uint.MaxValue);
    }

    private static void Demand(string option, long value, long least, long most)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(option, value, $"{option} must lie between {least} and {most}");
        }
    }
}

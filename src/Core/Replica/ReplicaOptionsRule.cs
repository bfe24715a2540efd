using GrainKeeper.Core.Sessions;

namespace GrainKeeper.Core.Replica;

/// <summary>Checks options before a replica runs with them.</summary>
internal static class ReplicaOptionsRule
{
    public static void Check(ReplicaOptions options)
    {
        Range(options.TickTime, 10, 3_600_000, nameof(ReplicaOptions.TickTime), "2000");
        Range(options.MaxFrame, 1_024, 512 * 1024 * 1024, nameof(ReplicaOptions.MaxFrame), "1048575");
        Range(options.MaxTxnBytes, 65_536, 1024 * 1024 * 1024, nameof(ReplicaOptions.MaxTxnBytes), "33554432");
        if (options.MaxFrame > options.MaxTxnBytes - 65_536)
        {
            throw new ArgumentException(
                $"MaxFrame {options.MaxFrame} leaves less than 65536 bytes to MaxTxnBytes {options.MaxTxnBytes}; lower the one or raise the other", nameof(options));
        }

        Range(options.MaxOutstandingRequests, 1, 1_000_000, nameof(ReplicaOptions.MaxOutstandingRequests), "10000");
        Range(options.ContainerCheckInterval, 10, int.MaxValue, nameof(ReplicaOptions.ContainerCheckInterval), "60000");
        Range(options.ContainerMaxPerCheck, 1, 1_000_000, nameof(ReplicaOptions.ContainerMaxPerCheck), "10000");
        Range(options.SnapshotEvery, 1, int.MaxValue, nameof(ReplicaOptions.SnapshotEvery), "100000");
        Range(options.SnapshotSliceBytes, 64, 64 * 1024 * 1024, nameof(ReplicaOptions.SnapshotSliceBytes), "1048576");
        Range(options.MaxCommits, 1, 10_000_000, nameof(ReplicaOptions.MaxCommits), "200000");
        Range(options.MaxCommitBytes, 65_536, 1L << 40, nameof(ReplicaOptions.MaxCommitBytes), "268435456");
        Range(options.MaxLockWait, 1, 3_600_000, nameof(ReplicaOptions.MaxLockWait), "5000");
        var min = options.MinSessionTimeout ?? options.TickTime * 2;
        var max = options.MaxSessionTimeout ?? (int)Math.Min(int.MaxValue, options.TickTime * 20L);
        Range(min, 1, int.MaxValue, nameof(ReplicaOptions.MinSessionTimeout), "2 × TickTime");
        if (max < min)
        {
            throw new ArgumentException(
                $"MaxSessionTimeout {max} ms is below MinSessionTimeout {min} ms; raise the one or lower the other", nameof(options));
        }

        if (options.Secret.Length < SessionPassword.ShortestSecret)
        {
            throw new ArgumentException(
                $"the ensemble's secret has {options.Secret.Length} bytes; give the same random {SessionPassword.ShortestSecret} bytes or more to every server",
                nameof(options));
        }

        if (string.IsNullOrEmpty(options.Tree))
        {
            throw new ArgumentException("a tree needs a name, for example root", nameof(options));
        }
    }

    private static void Range(long value, long min, long max, string name, string usual)
    {
        if (value < min || value > max)
        {
            throw new ArgumentException($"{name} {value} is outside {min}..{max}; the usual value is {usual}", name);
        }
    }
}

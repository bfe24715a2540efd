using GrainKeeper.Core.Zab;

namespace GrainKeeper.Grains.Replicas;

/// <summary>Counts of one replica since the process began. Written by the pump only.</summary>
internal sealed class ReplicaCounters
{
    public long Diffs { get; private set; }

    public long Truncations { get; private set; }

    public long Snapshots { get; private set; }

    public long Reloads { get; set; }

    /// <summary>Counts how a leader brings this server up to date.</summary>
    public void Count(ZabMessage message, string tree)
    {
        switch (message)
        {
            case ZabMessage.SyncDiff:
                Diffs++;
                GrainKeeperMetrics.Synced(tree, "diff");
                break;
            case ZabMessage.SyncTruncate:
                Truncations++;
                GrainKeeperMetrics.Synced(tree, "trunc");
                break;
            case ZabMessage.SyncSnapshot:
                Snapshots++;
                GrainKeeperMetrics.Synced(tree, "snap");
                break;
            default:
                break;
        }
    }
}

using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Grains.Replicas;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Transactions;

/// <summary>Tells a host of parties when this server leads the tree that keeps their records, and when no more.</summary>
/// <param name="host">The host.</param>
/// <param name="created">The tree's identity.</param>
/// <param name="door">The tree's records.</param>
/// <param name="logger">Hears of records that cannot be read.</param>
internal sealed class TreeCommitHost(CommitHost host, Zxid created, CommitDoor door, ILogger logger) : ICommitHost
{
    // Epochs of a tree that is made anew begin anew, while participants elsewhere may still be in doubt about transactions of the old one: no id of that may be allotted again.
    private long FirstId => created == Zxid.Zero ? 0 : (long)(unchecked((ulong)created.Value * 0x9E3779B97F4A7C15) >> 25) << 24;

    /// <inheritdoc/>
    public void Began(Epoch epoch, IReadOnlyList<StoredCommit> commits)
    {
        try
        {
            var stored = commits.Select(c => new StoredParty(new PartyKey(c.Key.Id, c.Key.Owner), c.Records())).ToArray();
            host.Lead(new TreeCommitLog(door, epoch), epoch.Value, stored, FirstId);
        }
        catch (FormatException e)
        {
            logger.LogError("This server takes part in no transactions of the tree in epoch {Epoch}, for it cannot read their records: {Problem}. Run the newest version on every server", epoch, e.Message);
        }
    }

    /// <inheritdoc/>
    public void Ended(Epoch epoch) => host.Resign(epoch.Value, "this server has ceased to lead the tree");
}

using GrainKeeper.Contracts;
using Orleans.Placement;

namespace GrainKeeper.Grains.Placement;

/// <summary>
/// Places grains on the silo whose server leads a tree: where the leader calls them, without a second server that may be down. Put <c>[GrainDirectory(NullGrainDirectory.Name)]</c> beside it. When the leader
/// moves, the next call makes a new activation there and the old one may live on: the grain must know which one counts, as <c>TransactionParticipantGrain</c> does.
/// </summary>
/// <param name="tree">The tree: for participants of transactions, the one that keeps their records.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PlacedAtLeaderAttribute(string tree = TreeName.Root) : PlacementAttribute(new LeaderPlacement { Tree = tree })
{
    /// <summary>The tree.</summary>
    public string Tree { get; } = TreeName.Require(tree);
}

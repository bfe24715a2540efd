using GrainKeeper.Contracts.Servers;
using GrainKeeper.Grains.Trees;
using Orleans.Runtime.Placement;

namespace GrainKeeper.Grains.Placement;

/// <summary>Finds the silo of a tree's leader, as far as this server knows.</summary>
internal sealed class LeaderPlacementDirector(TreeServers trees, ServerMap map) : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var tree = ((LeaderPlacement)strategy).Tree;
        return trees.Find(tree)?.Replica?.Leader is { } leader && map.Find(leader) is { } silo
            ? Task.FromResult(silo)
            : Task.FromException<SiloAddress>(new ServerUnavailableException($"nobody leads tree '{tree}', as far as this server knows: try again"));
    }
}

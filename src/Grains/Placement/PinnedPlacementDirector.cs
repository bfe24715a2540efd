using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Servers;
using Orleans.Runtime.Placement;

namespace GrainKeeper.Grains.Placement;

/// <summary>Finds the silo of a pinned grain.</summary>
public sealed class PinnedPlacementDirector(ServerMap map) : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var key = target.GrainIdentity.Key.ToString();
        if (!ServerGrainKey.TryParse(key, out var parsed))
        {
            return Task.FromException<SiloAddress>(new FormatException($"grain key '{key}' is not of the form tree/serverId"));
        }

        return map.Find(parsed.Server) is { } silo
            ? Task.FromResult(silo)
            : Task.FromException<SiloAddress>(new ServerUnavailableException(
                $"server {parsed.Server} is not in the cluster: it has not been seen since this server started; check that it runs and that its id is right"));
    }
}

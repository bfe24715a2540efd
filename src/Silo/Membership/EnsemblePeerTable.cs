using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Placement;

namespace GrainKeeper.Silo.Membership;

/// <summary>Carries what the hellos say into Orleans' membership: at once with the static table; with an outside store Orleans finds out by itself.</summary>
/// <param name="table">The static table, or null with an outside store.</param>
/// <param name="membership">Orleans' membership.</param>
/// <param name="map">The servers' silos.</param>
internal sealed class EnsemblePeerTable(EnsembleMembershipTable? table, IClusterMembershipService membership, ServerMap map) : IPeerTable
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(50);

    public void Seen(ServerId server, SiloAddress silo) => table?.Seen(server, silo);

    public async Task WaitUntilRoutedAsync(ServerId server, SiloAddress silo, CancellationToken cancellationToken)
    {
        while (!silo.Equals(map.Find(server)))
        {
            await membership.Refresh(table is null ? default : new MembershipVersion(table.Version), cancellationToken);
            if (!silo.Equals(map.Find(server)))
            {
                await Task.Delay(Retry, cancellationToken);
            }
        }
    }
}

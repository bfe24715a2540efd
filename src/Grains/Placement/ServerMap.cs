using System.Collections.Frozen;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Placement;

/// <summary>Maps server ids to silos, from Orleans' membership. Thread-safe; a hit costs one version comparison and one lookup.</summary>
public sealed class ServerMap(IClusterMembershipService membership)
{
    private volatile Cached _cached = new(MembershipVersion.MinValue, FrozenDictionary<ServerId, SiloAddress>.Empty);

    /// <summary>The newest silo of the server that is not dead, or null.</summary>
    public SiloAddress? Find(ServerId server)
    {
        var snapshot = membership.CurrentSnapshot;
        var cached = _cached;
        if (cached.Version != snapshot.Version)
        {
            _cached = cached = new Cached(snapshot.Version, Build(snapshot));
        }

        return cached.Silos.GetValueOrDefault(server);
    }

    private static FrozenDictionary<ServerId, SiloAddress> Build(ClusterMembershipSnapshot snapshot)
    {
        var newest = new Dictionary<ServerId, SiloAddress>();
        foreach (var member in snapshot.Members.Values)
        {
            if (member.Status is not (SiloStatus.Active or SiloStatus.Joining or SiloStatus.ShuttingDown)
                || !SiloNames.TryParse(member.Name, out var server))
            {
                continue;
            }

            if (!newest.TryGetValue(server, out var known) || known.Generation < member.SiloAddress.Generation)
            {
                newest[server] = member.SiloAddress;
            }
        }

        return newest.ToFrozenDictionary();
    }

    private sealed record Cached(MembershipVersion Version, FrozenDictionary<ServerId, SiloAddress> Silos);
}

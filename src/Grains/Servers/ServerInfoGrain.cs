using System.Reflection;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Grains.Hosting;
using GrainKeeper.Grains.Placement;
using GrainKeeper.Grains.Trees;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace GrainKeeper.Grains.Servers;

/// <summary>
/// Tells which server this is. Without the null directory Orleans would look a first call up at the silo that owns the grain's directory partition, and while that one is
/// down no client could enter by this server.
/// </summary>
[StatelessWorker]
[GrainDirectory(NullGrainDirectory.Name)]
internal sealed class ServerInfoGrain(GrainKeeperServerOptions options, EnsembleDirectory ensemble, TreeServers trees) : Grain, IServerInfoGrain
{
    private static readonly string _version =
        typeof(ServerInfoGrain).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <inheritdoc/>
    public Task<ServerInfo> GetInfo()
    {
        ServerDescription[] servers = !ensemble.Text.IsEmpty
            ? [.. ensemble.List.Servers.Select(s => new ServerDescription(
                s.Id.Value, s.Role == MemberRole.Observer, s.Host, s.SiloPort, s.GatewayPort, s.ClientPort ?? 0))]
            : options.Servers.Count > 0
            ? [.. options.Servers.OrderBy(s => s.Id)]
            : [.. options.Configuration.Members.Select(m => new ServerDescription(m.Id.Value, m.Role == MemberRole.Observer))];
        return Task.FromResult(new ServerInfo(options.Self.Value, servers, trees.Names, _version));
    }
}

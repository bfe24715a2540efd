using System.Net;
using System.Text;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Grains.Hosting;
using GrainKeeper.Grains.Placement;
using GrainKeeper.Grains.Transactions.Postgres;
using GrainKeeper.Silo.Configuration;
using GrainKeeper.Silo.Membership;
using GrainKeeper.Silo.Transport;
using Orleans.Configuration;

namespace GrainKeeper.Silo.Hosting;

/// <summary>Makes a silo a server of an ensemble.</summary>
public static class GrainKeeperServer
{
    /// <summary>The Orleans service id of every ensemble.</summary>
    public const string ServiceId = "grainkeeper";

    /// <summary>
    /// Adds everything a server needs: ports, membership, pinning, connections, and its grains. A team that runs grains of its own on these silos
    /// chooses PostgreSQL or Redis clustering, since with the static table Orleans goes on placing such grains on servers that are down.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="configuration">The server.</param>
    public static ISiloBuilder AddGrainKeeperServer(this ISiloBuilder silo, ServerConfiguration configuration)
    {
        var ensemble = AddGrainKeeperMember(silo, configuration);
        foreach (var database in configuration.Databases)
        {
            silo.AddPostgresParticipant(database);
        }

        return silo.AddGrainKeeperGrains(OptionsOf(configuration) with { Ensemble = ensemble });
    }

    /// <summary>What the grains need to know.</summary>
    public static GrainKeeperServerOptions OptionsOf(ServerConfiguration configuration) => new()
    {
        Self = configuration.Self,
        ClusterId = configuration.ClusterId,
        Configuration = configuration.Quorum,
        DataDirectory = Path.Combine(configuration.LogDirectory, "trees"),
        ElectionAlgorithm = configuration.ElectionAlgorithm,
        Election = configuration.Election,
        MaxTrees = configuration.MaxTrees,
        Transactions = configuration.Transactions,

        // A lone server publishes no list, as ZooKeeper's standalone server.
        Replica = configuration.Servers.Count == 1
            ? configuration.Replica
            : configuration.Replica with { Membership = Encoding.UTF8.GetBytes(MembershipText.Of(configuration.Servers)) },
        Storage = configuration.StorageOf(configuration.Replica.Tree),
        Servers =
        [
            .. configuration.Servers.Select(s => new ServerDescription(
                s.Id.Value, s.Role == Core.Quorum.MemberRole.Observer, s.Host, s.SiloPort, s.GatewayPort,
                s.ClientPort ?? (s.Id == configuration.Self ? configuration.Clients.ClientPort : null) ?? 0)),
        ],
    };

    /// <exception cref="ServerStartException">The file of the last reconfiguration is damaged.</exception>
    internal static EnsembleDirectory AddGrainKeeperMember(ISiloBuilder silo, ServerConfiguration configuration)
    {
        var own = configuration.SelfEntry;
        var address = AdvertisedAddress.Find(configuration);
        var listen = configuration.ListenOnAllAddresses || own.HasWildcardHost ? IPAddress.Any : address;
        silo.Configure<ClusterOptions>(o =>
        {
            o.ClusterId = configuration.ClusterId;
            o.ServiceId = ServiceId;
        });
        silo.Configure<SiloOptions>(o => o.SiloName = SiloNames.Of(own.Id));
        silo.Configure<EndpointOptions>(o =>
        {
            o.AdvertisedIPAddress = address;
            o.SiloPort = own.SiloPort;
            o.GatewayPort = own.GatewayPort;
            o.SiloListeningEndpoint = new IPEndPoint(listen, configuration.ListenSiloPort ?? own.SiloPort);
            o.GatewayListeningEndpoint = new IPEndPoint(listen, configuration.ListenGatewayPort ?? own.GatewayPort);
        });

        // Orleans' own defaults wait for seconds before they try a peer again that has just restarted.
        silo.Configure<ConnectionOptions>(o =>
        {
            o.OpenConnectionTimeout = TimeSpan.FromSeconds(1);
            o.ConnectionRetryDelay = TimeSpan.FromMilliseconds(50);
        });
        silo.UseDirectConnections();
        silo.AddServerPinning(own.Id);
        var ensemble = OpenEnsemble(configuration);
        silo.AddEnsembleMembership(configuration, ensemble);
        return ensemble;
    }

    private static EnsembleDirectory OpenEnsemble(ServerConfiguration configuration)
    {
        try
        {
            return new EnsembleDirectory(configuration.Servers, configuration.Quorum, configuration.LogDirectory);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException(ExitCodes.CannotStart, e.Message, e);
        }
    }
}

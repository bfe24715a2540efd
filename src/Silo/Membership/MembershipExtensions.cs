using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Grains.Peers;
using GrainKeeper.Grains.Placement;
using GrainKeeper.Silo.Configuration;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace GrainKeeper.Silo.Membership;

/// <summary>Registers membership and peer liveness.</summary>
public static class MembershipExtensions
{
    /// <summary>Adds the membership that the configuration chooses, the hellos between servers, and <see cref="IPeerLiveness"/>.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="configuration">The server.</param>
    /// <param name="ensemble">The servers of the ensemble.</param>
    public static ISiloBuilder AddEnsembleMembership(this ISiloBuilder silo, ServerConfiguration configuration, EnsembleDirectory ensemble)
    {
        var services = silo.Services;
        switch (configuration.Clustering.Kind)
        {
            case ClusteringKind.Static:
                AddStaticTable(silo, new EnsembleMembershipTable(configuration.Self, ensemble));
                break;
            case ClusteringKind.Postgres:
                services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(new PostgresSchema(configuration.Clustering.ConnectionString!));
                silo.UseAdoNetClustering(o =>
                {
                    o.Invariant = "Npgsql";
                    o.ConnectionString = configuration.Clustering.ConnectionString!;
                });
                ConfigureRealLiveness(silo);
                break;
            case ClusteringKind.Redis:
                silo.UseRedisClustering(o => o.ConfigurationOptions = StackExchange.Redis.ConfigurationOptions.Parse(configuration.Clustering.ConnectionString!));
                ConfigureRealLiveness(silo);
                break;
            default:
                throw new InvalidOperationException($"clustering {configuration.Clustering.Kind} has no implementation");
        }

        services.AddSingleton<IPeerTable>(s => new EnsemblePeerTable(
            s.GetService<EnsembleMembershipTable>(), s.GetRequiredService<IClusterMembershipService>(), s.GetRequiredService<ServerMap>()));
        services.AddSingleton(s => new EnsemblePeers(
            configuration.Self, ensemble, s.GetRequiredService<IPeerTable>(), s.GetRequiredService<ILogger<EnsemblePeers>>()));
        services.AddSingleton<IPeerLiveness>(s => s.GetRequiredService<EnsemblePeers>());
        services.AddSingleton(s => new Lazy<HelloParty>(() => new HelloParty(configuration, ensemble, s.GetRequiredService<ILocalSiloDetails>().SiloAddress)));
        services.AddSingleton(s => new PeerDialer(
            s.GetRequiredService<EnsemblePeers>(), s.GetRequiredService<Lazy<HelloParty>>(), s.GetRequiredService<IOptions<SiloConnectionOptions>>().Value, s, s.GetRequiredService<ILogger<PeerDialer>>()));
        services.AddSingleton<HelloListener>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(s => new EnsembleLifecycle(
            configuration.Self, s.GetRequiredService<EnsemblePeers>(), s.GetRequiredService<PeerDialer>()));
        silo.Configure<SiloConnectionOptions>(o => ConfigureConnections(o, configuration.PeerTls, ensemble));
        return silo;
    }

    private static void AddStaticTable(ISiloBuilder silo, EnsembleMembershipTable table)
    {
        silo.Services.AddSingleton(table);
        silo.Services.AddSingleton<IMembershipTable>(s => s.GetRequiredService<EnsembleMembershipTable>());
        silo.Configure<ClusterMembershipOptions>(o =>
        {
            // ZAB decides who may write; nobody is voted out, and table versions of different silos are not comparable.
            o.LivenessEnabled = false;
            o.UseLivenessGossip = false;
            o.TableRefreshTimeout = TimeSpan.FromSeconds(1);
            o.DefunctSiloCleanupPeriod = null;
        });
    }

    // Two silos agree before one is declared dead, within about three seconds; an evicted silo ends its process, so a supervisor is needed.
    private static void ConfigureRealLiveness(ISiloBuilder silo) => silo.Configure<ClusterMembershipOptions>(o =>
    {
        o.ProbeTimeout = TimeSpan.FromSeconds(1);
        o.NumMissedProbesLimit = 2;
        o.NumVotesForDeathDeclaration = 2;
        o.TableRefreshTimeout = TimeSpan.FromSeconds(5);
    });

    private static void ConfigureConnections(SiloConnectionOptions options, PeerTlsOptions? peerTls, EnsembleDirectory ensemble)
    {
        if (peerTls is { } tls)
        {
            var certificates = PeerCertificates.Load(tls);
            options.ConfigureSiloInboundConnection(b => b.Use(next => context => PeerTlsMiddleware.InboundAsync(context, next, certificates)));
            options.ConfigureSiloOutboundConnection(b => b.Use(next => context => PeerTlsMiddleware.OutboundAsync(context, next, certificates, ensemble, tls.VerifyHostNames)));
        }

        options.ConfigureSiloInboundConnection(b =>
        {
            var listener = b.ApplicationServices.GetRequiredService<HelloListener>();
            b.Use(next => context => listener.RunAsync(context, next));
        });
    }
}

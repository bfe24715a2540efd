using GrainKeeper.Grains.Connections;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Grains.Placement;
using GrainKeeper.Grains.Transactions;
using GrainKeeper.Grains.Transactions.Postgres;
using GrainKeeper.Grains.Trees;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GrainKeeper.Grains.Hosting;

/// <summary>Registers the grains of a server.</summary>
public static class GrainKeeperGrains
{
    /// <summary>
    /// Adds everything that makes a silo a server of the ensemble: grains, peer links, the trees' start and stop, <see cref="IServerLoading"/>, <see cref="IServerShutdown"/>,
    /// <see cref="IReplicaConnections"/> and, unless the host has registered its own, an <see cref="IServerFailureHandler"/> that ends the process.
    /// The host must also add server pinning and an <see cref="Peers.IPeerLiveness"/>.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="options">The server.</param>
    /// <exception cref="ArgumentException">An option is not allowed; the message names it, its range and the remedy.</exception>
    public static ISiloBuilder AddGrainKeeperGrains(this ISiloBuilder silo, GrainKeeperServerOptions options)
    {
        options.Validate();
        var services = silo.Services;
        services.AddSingleton(options);
        services.AddSingleton(options.Ensemble ?? new EnsembleDirectory([], options.Configuration, directory: null));
        services.AddSingleton<TreeServers>();
        services.AddSingleton<IReplicaConnections>(s => s.GetRequiredService<TreeServers>());
        services.AddSingleton<RootTreeLoading>();
        services.AddSingleton<IServerLoading>(s => s.GetRequiredService<RootTreeLoading>());
        services.AddSingleton<TreeManager>();
        services.AddSingleton<IServerShutdown>(s => s.GetRequiredService<TreeManager>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(s => s.GetRequiredService<TreeManager>());
        services.AddPlacementDirector<LeaderPlacement, LeaderPlacementDirector>();
        services.AddSingleton<PostgresDatabases>();
        services.AddSingleton<ParticipantKinds>();
        services.AddSingleton(new ParticipantSigner(options.Replica.Secret, options.ClusterId));
        services.AddSingleton(new TicketSigner(options.Replica.Secret, options.ClusterId));
        services.AddSingleton<SubmissionReader>();
        services.AddSingleton<TransactionServers>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(s => s.GetRequiredService<TransactionServers>());
        services.TryAddSingleton<IServerFailureHandler, ProcessEndingFailureHandler>();
        return silo;
    }
}

namespace GrainKeeper.Grains.Hosting;

/// <summary>Registers the grains of a server.</summary>
public static class GrainKeeperGrains
{
    /// <summary>
    /// Adds everything that makes a silo a server of the ensemble: grains, peer links, the trees' start and stop, <see cref="IServerShutdown"/>,
    /// <see cref="Connections.IReplicaConnections"/> and, unless the host has registered its own, an <see cref="IFatalErrorHandler"/> that ends the process.
    /// The host must also add server pinning and an <see cref="Peers.IPeerLiveness"/>.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="options">The server.</param>
    /// <exception cref="ArgumentException">An option is not allowed; the message names it, its range and the remedy.</exception>
    public static ISiloBuilder AddGrainKeeperGrains(this ISiloBuilder silo, GrainKeeperServerOptions options)
    {
        options.Validate();
        throw new NotImplementedException(silo.ToString());
    }
}

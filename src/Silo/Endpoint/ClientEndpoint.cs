using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>Adds the ZooKeeper client port to a server's host.</summary>
public static class ClientEndpoint
{
    /// <summary>Registers what the port needs. The port itself is opened by <see cref="ListenForZooKeeperClients"/>.</summary>
    public static IServiceCollection AddZooKeeperEndpoint(this IServiceCollection services, ClientEndpointOptions options, ServerId self)
    {
        services.AddSingleton(options);
        services.AddSingleton<EndpointStatistics>();
        services.AddSingleton(s => new FourLetterWords(options, s.GetRequiredService<EndpointStatistics>(), s.GetRequiredService<IGrainFactory>(), self));
        services.AddSingleton(s => new ZooKeeperConnectionHandler(
            options,
            s.GetRequiredService<IReplicaConnections>(),
            s.GetRequiredService<FourLetterWords>(),
            s.GetRequiredService<EndpointStatistics>(),
            s.GetRequiredService<ILogger<ZooKeeperConnectionHandler>>()));
        return services;
    }

    /// <summary>Opens the port, when the options name one.</summary>
    public static KestrelServerOptions ListenForZooKeeperClients(this KestrelServerOptions kestrel, ClientEndpointOptions options)
    {
        if (options.Port is { } port)
        {
            kestrel.Limits.MaxConcurrentConnections = null;
            kestrel.Listen(options.Address, port, listen => listen.UseConnectionHandler<ZooKeeperConnectionHandler>());
        }

        return kestrel;
    }
}

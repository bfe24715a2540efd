using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GrainKeeper.Silo.Transport;

/// <summary>Puts <see cref="DirectConnection"/>s in place of the frameworks' own.</summary>
internal static class TransportExtensions
{
    /// <summary>For the ports that Kestrel opens.</summary>
    public static IServiceCollection AddDirectEndpoint(this IServiceCollection services)
    {
        services.RemoveAll<IConnectionListenerFactory>();
        return services.AddSingleton<IConnectionListenerFactory>(s => Factory(s, keepAlive: false, SocketPoller.IsSupported));
    }

    /// <summary>For the silo and the gateway port, and the connections to other silos; a transport that the host has chosen instead of Orleans' own stays.</summary>
    public static ISiloBuilder UseDirectConnections(this ISiloBuilder silo)
    {
        foreach (var orleans in silo.Services.Where(IsOrleansTransport).ToArray())
        {
            silo.Services.Remove(orleans);
            silo.Services.Add(ServiceDescriptor.KeyedSingleton(orleans.ServiceType, orleans.ServiceKey, static (s, _) => Factory(s, keepAlive: true, polled: false)));
        }

        return silo;
    }

    private static bool IsOrleansTransport(ServiceDescriptor service) =>
        service.IsKeyedService && (service.ServiceType == typeof(IConnectionListenerFactory) || service.ServiceType == typeof(IConnectionFactory))
        && service.KeyedImplementationFactory?.Method.DeclaringType?.Assembly == typeof(SiloLifecycleSubject).Assembly;

    private static DirectListenerFactory Factory(IServiceProvider services, bool keepAlive, bool polled) =>
        new(keepAlive, polled, services.GetRequiredService<ILogger<DirectListenerFactory>>());
}

using System.Net;
using GrainKeeper.Endpoint.Tests.Hosting;
using GrainKeeper.Silo.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;

namespace GrainKeeper.Endpoint.Tests.Transport;

/// <summary>Which connections a server has.</summary>
public sealed class HostingTests
{
    [Fact]
    public async Task The_client_port_has_direct_connections()
    {
        await using var server = await EndpointServer.StartAsync();
        Assert.IsType<DirectListenerFactory>(Assert.Single(server.Services.GetServices<IConnectionListenerFactory>()));
    }

    [Fact]
    public void Silo_port_gateway_port_and_connections_to_silos_are_direct()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo.UseLocalhostClustering().UseDirectConnections());
        using var host = builder.Build();
        var transports = builder.Services.Where(s => s.IsKeyedService && (s.ServiceType == typeof(IConnectionFactory) || s.ServiceType == typeof(IConnectionListenerFactory))).ToArray();
        Assert.Equal(3, transports.Length);
        Assert.All(transports, t => Assert.IsType<DirectListenerFactory>(host.Services.GetRequiredKeyedService(t.ServiceType, t.ServiceKey)));
    }

    [Fact]
    public void A_transport_that_the_host_has_chosen_stays()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        var own = new OwnTransport();
        builder.Services.AddKeyedSingleton<IConnectionListenerFactory>("own", (_, _) => own);
        builder.UseOrleans(silo => silo.UseLocalhostClustering().UseDirectConnections());
        using var host = builder.Build();
        Assert.Same(own, host.Services.GetRequiredKeyedService<IConnectionListenerFactory>("own"));
    }

    private sealed class OwnTransport : IConnectionListenerFactory
    {
        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}

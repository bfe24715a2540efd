using System.IO.Pipelines;
using System.Net;
using GrainKeeper.Endpoint.Tests.Hosting;
using GrainKeeper.Grains.Connections;
using GrainKeeper.Silo.Endpoint;
using GrainKeeper.Silo.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace GrainKeeper.Endpoint.Tests;

/// <summary>Why a client's connection is said to have ended, which operators count.</summary>
public sealed class ClientConnectionTests
{
    private const string Silent = "no ConnectRequest within 300 ms";

    [Theory]
    [InlineData(false, "the client closed it", false)]
    [InlineData(true, "the server stops, or the client is gone", false)]
    [InlineData(null, Silent, true)]
    public async Task A_client_that_never_spoke_counts_as_silent_only_when_its_time_is_over(bool? aborted, string reason, bool silent)
    {
        await using var server = await EndpointServer.StartAsync();
        var options = new ClientEndpointOptions { HandshakeTimeout = aborted is null ? 300 : 60_000 };
        var (input, output) = (new Pipe(), new Pipe());
        using var client = new ClientConnection(
            new DuplexPipe(input.Reader, output.Writer),
            IPAddress.Loopback,
            null,
            options,
            new ConnectionRecord(null, false, server.Services.GetRequiredService<EndpointStatistics>()),
            server.Services.GetRequiredService<IReplicaConnections>(),
            () => { });
        var running = client.RunAsync(CancellationToken.None);
        if (aborted is { } abort)
        {
            // As when this side breaks the connection: the read can end before the connection's token is cancelled.
            await input.Writer.CompleteAsync(abort ? new ConnectionAbortedException("closed on this side") : null);
        }

        Assert.Equal(reason, await running.WaitAsync(TimeSpan.FromMilliseconds(WireClient.Patience)));
        Assert.Equal(silent, client.WasSilent);
    }
}

using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace GrainKeeper.Client.Connections;

/// <summary>An Orleans client that knows one gateway only, so that whoever uses it knows which server it talks to.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly IHost _host;
    private readonly CancellationTokenSource _lost;

    private Gateway(ServerEndpoint endpoint, IHost host, CancellationTokenSource lost)
    {
        Endpoint = endpoint;
        _host = host;
        _lost = lost;
        Lost = lost.Token;
        Grains = host.Services.GetRequiredService<IClusterClient>();
    }

    internal ServerEndpoint Endpoint { get; }

    internal IGrainFactory Grains { get; }

    internal CancellationToken Lost { get; }

    /// <summary>Connects. Names are looked up each time, so a server may move to another address.</summary>
    /// <exception cref="ServerConnectionException">Nobody answers, or no gateway of this ensemble.</exception>
    internal static async Task<Gateway> ConnectAsync(string cluster, ServerEndpoint endpoint)
    {
        await Task.Yield();
        string? last = null;
        foreach (var address in await ResolveAsync(endpoint))
        {
            if (await TryReachAsync(address) is { } failure)
            {
                last = failure;
                continue;
            }

            return await ConnectAsync(cluster, endpoint, address);
        }

        throw new ServerConnectionException(last ?? $"host '{endpoint.Host}' has no address");
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(StopTimeout);
        try
        {
            await _host.StopAsync(limit.Token).WaitAsync(StopTimeout * 2);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException or OrleansException)
        {
            // What is left of it goes with the host.
            _ = e;
        }

        await ((IAsyncDisposable)_host).DisposeAsync();
        _lost.Dispose();
    }

    private static async Task<IPEndPoint[]> ResolveAsync(ServerEndpoint endpoint)
    {
        try
        {
            using var limit = new CancellationTokenSource(ConnectTimeout);
            var addresses = await Dns.GetHostAddressesAsync(endpoint.Host, limit.Token);
            return [.. addresses.OrderBy(a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).Select(a => new IPEndPoint(a, endpoint.Port))];
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            throw new ServerConnectionException($"host '{endpoint.Host}' cannot be resolved ({GrainCalls.OneLine(e.Message)})", e);
        }
    }

    /// <summary>A refused connection is known at once, while the Orleans client would try for seconds.</summary>
    private static async Task<string?> TryReachAsync(IPEndPoint address)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(ConnectTimeout);
        try
        {
            await socket.ConnectAsync(address, limit.Token);
            return null;
        }
        catch (SocketException e)
        {
            return GrainCalls.OneLine(e.Message);
        }
        catch (OperationCanceledException)
        {
            return $"no connection within {ConnectTimeout.TotalSeconds:0} s";
        }
    }

    private static async Task<Gateway> ConnectAsync(string cluster, ServerEndpoint endpoint, IPEndPoint address)
    {
        var lost = new CancellationTokenSource();
        var host = new HostBuilder()
            .UseOrleansClient(client =>
            {
                client.UseStaticClustering(address);
                client.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (cluster, cluster));
                client.Configure<ConnectionOptions>(o => (o.OpenConnectionTimeout, o.ConnectionRetryDelay) = (ConnectTimeout, TimeSpan.FromMilliseconds(100)));
                client.AddClusterConnectionLostHandler((_, _) => Cancel(lost));
            })
            .Build();
        try
        {
            using var limit = new CancellationTokenSource(ConnectTimeout);
            await host.StartAsync(limit.Token).WaitAsync(ConnectTimeout);
            return new Gateway(endpoint, host, lost);
        }
        catch (Exception e)
        {
            await ((IAsyncDisposable)host).DisposeAsync();
            lost.Dispose();
            throw new ServerConnectionException($"no gateway of ensemble '{cluster}' answers there ({GrainCalls.OneLine(e.Message)})", e);
        }
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The gateway was closed on purpose.
            return;
        }
    }
}

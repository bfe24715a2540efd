using System.Collections.Frozen;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Silo.Configuration;
using GrainKeeper.Silo.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Endpoint.Tests.Hosting;

/// <summary>An ensemble of one server in this process, with its real client ports on loopback.</summary>
internal sealed class EndpointServer : IAsyncDisposable
{
    private const int StartTimeout = 60_000;
    private readonly IHost _host;
    private readonly string _directory;

    private EndpointServer(IHost host, string directory, int port, int? securePort)
    {
        _host = host;
        _directory = directory;
        Port = port;
        SecurePort = securePort ?? 0;
    }

    public int Port { get; }

    public int SecurePort { get; }

    public IServiceProvider Services => _host.Services;

    public static async Task<EndpointServer> StartAsync(
        Func<ClientSettings, ClientSettings>? clients = null, Func<ReplicaOptions, ReplicaOptions>? replica = null)
    {
        var directory = Directory.CreateTempSubdirectory("gk-endpoint-").FullName;
        var settings = new ClientSettings
        {
            ClientPort = FreePorts.Take(),
            ClientAddress = "127.0.0.1",
            SecureClientAddress = "127.0.0.1",
            MaxConnectionsPerAddress = 0,
            FourLetterWords = FrozenSet.Create("*"),
            AdminPort = null,
        };
        settings = clients?.Invoke(settings) ?? settings;
        var options = new ReplicaOptions { TickTime = 1_000, Secret = Encoding.ASCII.GetBytes("the secret of this server") };
        var configuration = new ServerConfiguration
        {
            Self = new ServerId(1),
            Servers = [new ServerEntry(new ServerId(1), "127.0.0.1", FreePorts.Take(), FreePorts.Take(), ClientPort: settings.ClientPort)],
            ClusterId = "endpoint",
            DataDirectory = directory,
            LogDirectory = directory,
            Secret = options.Secret,
            Replica = replica?.Invoke(options) ?? options,
            Clients = settings,
        };
        var host = ServerHost.Build(configuration, new ServerHostOptions { LogLevel = LogLevel.Warning });
        var server = new EndpointServer(host, directory, settings.ClientPort!.Value, settings.SecureClientPort);
        try
        {
            await host.StartAsync();
            await server.ServesAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task ServesAsync()
    {
        var deadline = Environment.TickCount64 + StartTimeout;
        while (true)
        {
            await using var client = await WireClient.DialAsync(Port);
            if (await client.TryConnectAsync(timeout: 4_000))
            {
                // Not before its place is free again: tests count connections.
                await client.CloseSessionAsync();
                await client.ClosedAsync();
                return;
            }

            Assert.True(Environment.TickCount64 < deadline, $"the server did not serve within {StartTimeout} ms");
            await Task.Delay(50);
        }
    }
}

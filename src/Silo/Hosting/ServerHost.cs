using System.Net;
using System.Net.Sockets;
using GrainKeeper.Silo.Configuration;
using GrainKeeper.Silo.Endpoint;
using Microsoft.Extensions.Logging.Console;
using Orleans.Configuration;

namespace GrainKeeper.Silo.Hosting;

/// <summary>Builds the host of one server.</summary>
public static class ServerHost
{
    private const int DirectoryCache = 10_000;

    /// <summary>Builds the host; nothing is opened or started yet.</summary>
    /// <param name="configuration">The server.</param>
    /// <param name="options">What the caller wants otherwise; null for nothing.</param>
    /// <exception cref="ServerStartException">The server's own address cannot be found.</exception>
    public static IHost Build(ServerConfiguration configuration, ServerHostOptions? options = null)
    {
        options ??= new ServerHostOptions();
        return options.WithGrains && (configuration.Clients.ClientPort ?? configuration.Clients.SecureClientPort) is not null
            ? BuildWithEndpoint(configuration, options)
            : BuildPlain(configuration, options);
    }

    private static IHost BuildPlain(ServerConfiguration configuration, ServerHostOptions options)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        Configure(builder, configuration, options);
        return builder.Build();
    }

    // Only a server with a ZooKeeper port pays for Kestrel.
    private static WebApplication BuildWithEndpoint(ServerConfiguration configuration, ServerHostOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        Configure(builder, configuration, options);
        var endpoint = EndpointOf(configuration);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(k => k.ListenForZooKeeperClients(endpoint));
        builder.Services.AddZooKeeperEndpoint(endpoint, configuration);
        return builder.Build();
    }

    private static void Configure(IHostApplicationBuilder builder, ServerConfiguration configuration, ServerHostOptions options)
    {
        builder.Logging.SetMinimumLevel(options.LogLevel);

        if (options.LogLevel >= LogLevel.Information)
        {
            // Orleans tells of every call and connection to a server that is down; the hello says the same once.
            builder.Logging.AddFilter("Orleans", LogLevel.Error);
            builder.Logging.AddFilter("Orleans.Runtime.GrainDirectory.ClientDirectory", LogLevel.None);
            builder.Logging.AddFilter("Microsoft", LogLevel.Warning);

            // Orleans' retries: each attempt with its stack, while the caller hears of the failure anyway.
            builder.Logging.AddFilter("Polly", LogLevel.None);
        }

        if (options.LogToConsole)
        {
            builder.Logging.AddConsole(o => o.FormatterName = LineFormatter.FormatterName);
            builder.Logging.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
        }

        options.ConfigureLogging?.Invoke(builder.Logging);
        builder.Services.Configure<HostOptions>(o =>
        {
            o.ShutdownTimeout = TimeSpan.FromMilliseconds(configuration.ShutdownTimeout);
            o.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.StopHost;
        });
        builder.Services.AddSingleton(configuration);
        if (options.WithGrains)
        {
            builder.Services.AddSingleton(options.FatalErrors ?? new ExitingFailureHandler());
            builder.Services.AddHostedService<HandOverFirst>();
        }

        builder.UseOrleans(silo =>
        {
            // By default Orleans reserves 18 MB for the places of a million grains; the servers' own grains are found without a directory.
            silo.Configure<GrainDirectoryOptions>(o => o.CacheSize = DirectoryCache);
            if (options.WithGrains)
            {
                silo.AddGrainKeeperServer(configuration);
            }
            else
            {
                GrainKeeperServer.AddGrainKeeperMember(silo, configuration);
            }

            options.ConfigureSilo?.Invoke(silo);
        });
        options.ConfigureServices?.Invoke(builder.Services);
    }

    private static ClientEndpointOptions EndpointOf(ServerConfiguration configuration) => new()
    {
        Port = configuration.Clients.ClientPort,
        Address = AddressOf("clientPortAddress", configuration.Clients.ClientAddress),
        SecurePort = configuration.Clients.SecureClientPort,
        SecureAddress = AddressOf("secureClientPortAddress", configuration.Clients.SecureClientAddress),
        Tls = configuration.Clients.Tls,
        HandshakeTimeout = configuration.Clients.HandshakeTimeout,
        MaxConnectionsPerAddress = configuration.Clients.MaxConnectionsPerAddress,
        MaxConnections = configuration.Clients.MaxConnections,
        MaxFrame = configuration.Replica.MaxFrame,
        FourLetterWords = configuration.Clients.FourLetterWords,
    };

    private static IPAddress AddressOf(string key, string? host)
    {
        if (host is null)
        {
            return IPAddress.Any;
        }

        try
        {
            return IPAddress.TryParse(host, out var address) ? address : Dns.GetHostAddresses(host)[0];
        }
        catch (Exception e) when (e is SocketException or IndexOutOfRangeException)
        {
            throw new ServerStartException(ExitCodes.CannotStart, $"{key} = '{host}' does not resolve to an address; give an IP address of this machine or remove the line", e);
        }
    }
}

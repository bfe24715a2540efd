using System.Diagnostics;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Hosting;
using GrainKeeper.Silo.Configuration;
using GrainKeeper.Silo.Hosting;

namespace GrainKeeper.Silo.Commands;

/// <summary>The life of the process of one server.</summary>
internal static partial class ServerProcess
{
    public static async Task<int> RunAsync(ConfigurationRequest request, LogLevel level, bool supervised)
    {
        ServerConfiguration configuration;
        try
        {
            configuration = ServerConfigurationLoader.Load(request);
        }
        catch (ConfigurationException e)
        {
            foreach (var problem in e.Problems)
            {
                Console.Error.WriteLine((problem.IsError ? "error: " : "warning: ") + problem);
            }

            return ExitCodes.BadConfiguration;
        }

        try
        {
            return await RunAsync(configuration, level, supervised);
        }
        catch (Exception e)
        {
            var failure = StartFailure.Explain(configuration, e);
            Console.Error.WriteLine("error: " + failure.Message);
            return failure.ExitCode;
        }
    }

    private static async Task<int> RunAsync(ServerConfiguration configuration, LogLevel level, bool supervised)
    {
        var watch = Stopwatch.StartNew();
        using var held = ServerLock.Take(configuration);
        await GenerationGuard.WaitAsync(configuration.LogDirectory, TimeProvider.System, CancellationToken.None);
        StartFailure.CheckPorts(configuration);
        var options = new ServerHostOptions
        {
            LogToConsole = true,
            LogLevel = level,
            ConfigureServices = services =>
            {
                // Ctrl-C in a terminal reaches the whole family; a supervised child leaves it to its parent to say what it means.
                services.AddSingleton<IHostLifetime>(s => new SignalLifetime(s.GetRequiredService<IHostApplicationLifetime>(), ignoreInterrupt: supervised));
                if (supervised)
                {
                    services.AddHostedService<SupervisedChild>();
                }
            },
        };
        using var host = ServerHost.Build(configuration, options);
        GenerationGuard.Record(configuration.LogDirectory, TimeProvider.System);
        host.Services.GetRequiredService<IServerLoading>().BeginLoading();
        var logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("GrainKeeper.Server");
        foreach (var warning in configuration.Warnings)
        {
            LogConfiguration(logger, warning);
        }

        await host.StartAsync();
        var own = configuration.SelfEntry;
        ThreadPool.GetMinThreads(out var threads, out _);
        LogRunning(
            logger, own.Id, configuration.Servers.Count, configuration.ClusterId, own.Host, own.SiloPort, own.GatewayPort,
            configuration.Clients.ClientPort?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none", configuration.LogDirectory, watch.ElapsedMilliseconds, threads);
        await WaitForStopAsync(host, configuration);
        LogStopped(logger, own.Id);
        return ExitCodes.Stopped;
    }

    private static async Task WaitForStopAsync(IHost host, ServerConfiguration configuration)
    {
        var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        using var watchdog = new Timer(_ => ProcessEnd.Now(
            ExitCodes.ShutdownTimedOut,
            $"server {configuration.Self} did not stop within {configuration.ShutdownTimeout} ms and is cut short; nothing acknowledged is lost"));
        using var begin = lifetime.ApplicationStopping.Register(() => watchdog.Change(configuration.ShutdownTimeout + 2_000, Timeout.Infinite));
        try
        {
            await host.WaitForShutdownAsync(CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            // Parts of the host ran out of their time; what has to be on disk is there.
        }
    }

    [LoggerMessage(LogLevel.Warning, "Configuration: {Problem}.")]
    private static partial void LogConfiguration(ILogger logger, ConfigurationProblem problem);

    [LoggerMessage(LogLevel.Information, "Server {Self} of {Count} in ensemble {Cluster} runs at {Host}: silo port {Silo}, gateway port {Gateway}, ZooKeeper port {Client}, data in {Data}; started in {Ms} ms, worker threads from {Threads}.")]
    private static partial void LogRunning(
        ILogger logger, ServerId self, int count, string cluster, string host, int silo, int gateway, string client, string data, long ms, int threads);

    [LoggerMessage(LogLevel.Information, "Server {Self} has stopped.")]
    private static partial void LogStopped(ILogger logger, ServerId self);
}

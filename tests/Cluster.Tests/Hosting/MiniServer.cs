using System.Collections.Concurrent;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Elections;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Contracts.Trees;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Peers;
using GrainKeeper.Silo.Configuration;
using GrainKeeper.Silo.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace GrainKeeper.Cluster.Tests.Hosting;

/// <summary>One running server of a <see cref="MiniCluster"/>.</summary>
internal sealed class MiniServer
{
    private readonly IHost _host;

    private MiniServer(ServerConfiguration configuration, IHost host, LogLines log)
    {
        Configuration = configuration;
        _host = host;
        Log = log;
        Liveness.PeerUp += change => Changes.Enqueue((true, change));
        Liveness.PeerDown += change => Changes.Enqueue((false, change));
    }

    public ServerConfiguration Configuration { get; }

    public int Id => Configuration.Self.Value;

    public LogLines Log { get; }

    /// <summary>What the server heard of its peers, in order; true = up.</summary>
    public ConcurrentQueue<(bool Up, PeerChange Change)> Changes { get; } = new();

    public IPeerLiveness Liveness => _host.Services.GetRequiredService<IPeerLiveness>();

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public ClusterMembershipSnapshot Members => _host.Services.GetRequiredService<IClusterMembershipService>().CurrentSnapshot;

    public int Generation => _host.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.Generation;

    public IServiceProvider Services => _host.Services;

    public static async Task<MiniServer> StartAsync(ServerConfiguration configuration, Network network, bool withGrains, ConcurrentQueue<string> fatalErrors, Action<ISiloBuilder>? configureSilo = null)
    {
        var log = new LogLines();
        var host = ServerHost.Build(configuration, new ServerHostOptions
        {
            WithGrains = withGrains,
            FatalErrors = new FatalErrorRecorder(fatalErrors),
            LogLevel = LogLevel.Information,
            ConfigureLogging = logging => logging.AddProvider(log),
            ConfigureSilo = silo =>
            {
                silo.Configure<SiloConnectionOptions>(o => network.Attach(o, configuration.Self.Value));
                silo.AddOutgoingGrainCallFilter(new HeldCallFilter(network, configuration.Self.Value));
                if (withGrains)
                {
                    // A machine that stands still for seconds must not part servers that live in one process.
                    silo.ConfigureServer(o => o with { Peers = o.Peers with { BatchTimeout = 6_000 } });
                }

                configureSilo?.Invoke(silo);
            },
        });
        var server = new MiniServer(configuration, host, log);
        try
        {
            await host.StartAsync();
            return server;
        }
        catch
        {
            try
            {
                await host.StopAsync(new CancellationToken(canceled: true));
            }
            catch (InvalidOperationException)
            {
                // A silo that has not come far cannot be stopped.
            }

            await ((IAsyncDisposable)host).DisposeAsync();
            throw;
        }
    }

    public IWhereGrain Where(int server, string tree = "root") => Grains.GetGrain<IWhereGrain>(ServerGrainKey.Format(tree, new ServerId(server)));

    public async Task<ServerStatus> StatusAsync(string tree = TreeName.Root)
    {
        try
        {
            return await Replica(Id, tree).GetStatus().WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException)
        {
            // A server that says nothing for so long hangs: its log and the threads may tell where.
            throw new TimeoutException(
                $"server {Id} did not tell the status of tree {tree} within 30 s; {ThreadPool.ThreadCount} threads, {ThreadPool.PendingWorkItemCount} work items wait, {Environment.CpuUsage.TotalTime.TotalSeconds:0} s of processor time so far{Environment.NewLine}"
                + string.Join(Environment.NewLine, Log.ToString().Split(Environment.NewLine).TakeLast(40)));
        }
    }

    public Task<ElectionStatus> ElectionAsync(string tree = TreeName.Root) =>
        Grains.GetGrain<IFastLeaderElectionGrain>(ServerGrainKey.Format(tree, new ServerId(Id))).GetStatus().WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>The replica of any server, called from this one.</summary>
    public IZNodeTreeGrain Replica(int server, string tree = TreeName.Root) => Grains.GetGrain<IZNodeTreeGrain>(ServerGrainKey.Format(tree, new ServerId(server)));

    public bool Sees(int peer) => Liveness.IsUp(new ServerId(peer));

    /// <summary>Whether the server sees a peer and has said so.</summary>
    public bool HasMet(int peer) => Sees(peer) && (peer == Id || Changes.LastOrDefault(c => c.Change.Peer.Value == peer).Up);

    public async Task StopAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    public async Task EndAsync()
    {
        await _host.StopAsync(new CancellationToken(canceled: true));
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}

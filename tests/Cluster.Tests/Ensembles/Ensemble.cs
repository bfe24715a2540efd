using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Cluster.Tests.Hosting;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Cluster.Tests.Ensembles;

/// <summary>What tests ask of an ensemble and do with it.</summary>
internal static class Ensemble
{
    /// <summary>Patience for what the ensemble does by itself; only a failing test waits as long.</summary>
    public const int Patience = 60_000;

    public static async Task<MiniCluster> StartAsync(int servers, Func<ServerConfiguration, ServerConfiguration>? change = null)
    {
        var cluster = new MiniCluster(servers, change, withGrains: true);
        try
        {
            await cluster.StartAsync([.. cluster.Ids]);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public static ServerConfiguration WithObserver(this ServerConfiguration configuration, int id) =>
        configuration with { Servers = [.. configuration.Servers.Select(s => s.Id.Value == id ? s with { Role = MemberRole.Observer } : s)] };

    /// <summary>Waits until one running server leads and all others that run follow or observe it, all of them serving.</summary>
    /// <param name="cluster">The ensemble.</param>
    /// <param name="tree">The tree.</param>
    /// <param name="among">Only these are looked at; null for all that run.</param>
    /// <returns>The leader.</returns>
    public static async Task<int> LeaderAsync(this MiniCluster cluster, string tree = TreeName.Root, IEnumerable<int>? among = null)
    {
        var leader = 0;
        await Eventually.Is(
            async () =>
            {
                var all = (await cluster.StatusAsync(tree)).Where(s => among?.Contains(s.Server) ?? true).ToArray();
                leader = all.FirstOrDefault(s => s.Role == ServerRole.Leading)?.Server ?? 0;
                return leader != 0 && all.All(s => s.Leader == leader && s.Phase == ServerPhase.Broadcast && (s.Role == ServerRole.Leading) == (s.Server == leader));
            },
            () => cluster.Describe(tree),
            Patience);
        return leader;
    }

    /// <summary>What every running server says of itself, by id.</summary>
    public static Task<ServerStatus[]> StatusAsync(this MiniCluster cluster, string tree = TreeName.Root) =>
        Task.WhenAll(cluster.Running.Select(s => s.StatusAsync(tree)));

    public static string Describe(this MiniCluster cluster, string tree = TreeName.Root) => string.Join(
        Environment.NewLine,
        cluster.Running.Select(s => $"--- {s.Id}: {s.StatusAsync(tree).ContinueWith(Text, TaskScheduler.Default).Result}{Environment.NewLine}{s.Log}"));

    /// <summary>Waits until all running servers have applied the same history, of which nothing is uncommitted.</summary>
    public static Task SettleAsync(this MiniCluster cluster, string tree = TreeName.Root) => Eventually.Is(
        async () =>
        {
            var all = await cluster.StatusAsync(tree);
            return all.All(s => s.Phase == ServerPhase.Broadcast && s.LastZxid == all[0].LastZxid && s.LastCommitted == s.LastZxid && s.Nodes == all[0].Nodes);
        },
        () => cluster.Describe(tree),
        Patience);

    /// <summary>A session over the gateways of some servers.</summary>
    public static Task<GrainKeeperClient> ConnectAsync(
        this MiniCluster cluster, IEnumerable<int> servers, string tree = TreeName.Root, int sessionTimeout = 30_000, int patience = Patience, int writesInFlight = 128, ReadConsistency consistency = ReadConsistency.Sequential)
    {
        var configuration = cluster.ConfigurationOf(cluster.Ids.First());
        var gateways = servers.Select(id => configuration.Servers.Single(s => s.Id.Value == id).GatewayPort);
        return GrainKeeperClient.ConnectAsync(new GrainKeeperClientOptions
        {
            Servers = ConnectString.Parse(string.Join(',', gateways.Select(p => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{p}")))),
            ClusterId = configuration.ClusterId,
            Tree = tree,
            SessionTimeout = TimeSpan.FromMilliseconds(sessionTimeout),
            AttemptTimeout = TimeSpan.FromMilliseconds(Math.Min(patience, 10_000)),
            ConnectTimeout = TimeSpan.FromMilliseconds(patience),
            MaxWritesInFlight = writesInFlight,
            ReadConsistency = consistency,
        });
    }

    public static Task<GrainKeeperClient> ConnectAsync(this MiniCluster cluster, int server, string tree = TreeName.Root) => cluster.ConnectAsync([server], tree);

    /// <summary>The names of a node's children as one server has them, sorted.</summary>
    public static async Task<string[]> ChildrenAsync(this MiniCluster cluster, int server, string path, string tree = TreeName.Root)
    {
        await using var client = await cluster.ConnectAsync(server, tree);
        await client.SyncAsync(path);
        return [.. (await client.GetChildrenAsync(path)).Names.Order(StringComparer.Ordinal)];
    }

    private static string Text(Task<ServerStatus> status) => status.IsCompletedSuccessfully ? status.Result.ToString() : status.Exception!.GetBaseException().Message;
}

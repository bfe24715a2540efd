using System.Collections.Concurrent;
using System.Text;
using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Silo.Configuration;
using Orleans.Hosting;

namespace GrainKeeper.Cluster.Tests.Hosting;

/// <summary>
/// An ensemble in this process: real silos with the product's hosting, membership, hellos and, unless a test wants bare members, grains with their own data on disk,
/// over loopback connections that a test may break.
/// </summary>
internal sealed class MiniCluster : IAsyncDisposable
{
    private readonly SortedDictionary<int, MiniServer> _running = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("gk-members-").FullName;
    private readonly Func<ServerConfiguration, ServerConfiguration> _change;
    private readonly List<ServerEntry> _entries = [];
    private readonly bool _withGrains;
    private readonly Action<ISiloBuilder>? _configureSilo;

    public MiniCluster(int servers, Func<ServerConfiguration, ServerConfiguration>? change = null, bool withGrains = false, Action<ISiloBuilder>? configureSilo = null)
    {
        _configureSilo = configureSilo;
        _change = change ?? (c => c);
        _withGrains = withGrains;
        var ports = LoopbackPorts.Take(2 * servers);
        for (var id = 1; id <= servers; id++)
        {
            _entries.Add(new ServerEntry(new ServerId(id), "127.0.0.1", ports[(2 * id) - 2], ports[(2 * id) - 1]));
        }

        Network = new Network(_entries);
    }

    public static ReadOnlyMemory<byte> Secret { get; } = Encoding.ASCII.GetBytes("the secret of the members");

    public Network Network { get; }

    public IReadOnlyCollection<MiniServer> Running => _running.Values;

    public MiniServer this[int id] => _running[id];

    public static async Task<MiniCluster> StartAsync(int servers, Func<ServerConfiguration, ServerConfiguration>? change = null)
    {
        var cluster = new MiniCluster(servers, change);
        try
        {
            await cluster.StartAsync([.. Enumerable.Range(1, servers)]);
            await cluster.MeshAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>What ended servers that could not trust their state any more; a test that expects such an end takes it from here.</summary>
    public ConcurrentQueue<string> FatalErrors { get; } = new();

    public IEnumerable<int> Ids => _entries.Select(e => e.Id.Value);

    public async Task StartAsync(params int[] ids)
    {
        var starting = ids.Select(id => MiniServer.StartAsync(ConfigurationOf(id), Network, _withGrains, FatalErrors, _configureSilo)).ToArray();
        try
        {
            await Task.WhenAll(starting);
        }
        finally
        {
            // Should one not start, the others are ended with the cluster.
            foreach (var server in starting.Where(s => s.IsCompletedSuccessfully))
            {
                _running.Add(server.Result.Id, server.Result);
            }
        }
    }

    /// <summary>Waits until every running server is in touch with every other, and has said so.</summary>
    public Task MeshAsync() => Eventually.Is(
        () => _running.Values.All(a => _running.Keys.All(a.HasMet)),
        () => string.Join(Environment.NewLine, _running.Values.Select(s => $"--- {s.Id} sees {string.Join(',', _running.Keys.Where(s.Sees))}\n{s.Log}")));

    /// <summary>Ends a server as SIGKILL would: its connections break, and nobody says good-bye.</summary>
    public async Task KillAsync(int id)
    {
        Network.Kill(id);
        var server = _running[id];
        _running.Remove(id);
        await server.EndAsync();
        Network.Revive(id);
    }

    /// <summary>Stops a server as an operator does.</summary>
    public async Task StopAsync(int id)
    {
        await _running[id].StopAsync();
        _running.Remove(id);
    }

    public ServerConfiguration ConfigurationOf(int id) => _change(new ServerConfiguration
    {
        Self = new ServerId(id),
        Servers = _entries,
        ClusterId = "members",
        DataDirectory = Path.Combine(_directory, $"{id}"),
        LogDirectory = Path.Combine(_directory, $"{id}"),
        Secret = Secret,

        // Leaders shall not change because the whole process stood still for two seconds. Who dies is noticed at once, by its connections.
        Replica = new ReplicaOptions { Secret = Secret, Zab = new ZabOptions { SyncTimeout = 5_000 } },
        Election = new ElectionOptions { Secret = Secret },
        SegmentBytes = 1024 * 1024,
    });

    public async ValueTask DisposeAsync()
    {
        Network.ReleaseAll();
        await Task.WhenAll(_running.Values.Select(s => s.EndAsync()));
        Directory.Delete(_directory, recursive: true);
        Assert.Empty(FatalErrors);
    }
}

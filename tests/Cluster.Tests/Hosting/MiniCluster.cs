using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Cluster.Tests.Hosting;

/// <summary>
/// Members of an ensemble without its grains: real silos in this process, with the product's hosting, membership and hellos over loopback connections that a test may break.
/// </summary>
internal sealed class MiniCluster : IAsyncDisposable
{
    private readonly SortedDictionary<int, MiniServer> _running = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("gk-members-").FullName;
    private readonly Func<ServerConfiguration, ServerConfiguration> _change;
    private readonly List<ServerEntry> _entries = [];

    public MiniCluster(int servers, Func<ServerConfiguration, ServerConfiguration>? change = null)
    {
        _change = change ?? (c => c);
        var ports = LoopbackPorts.Take(2 * servers);
        for (var id = 1; id <= servers; id++)
        {
            _entries.Add(new ServerEntry(new ServerId(id), "127.0.0.1", ports[(2 * id) - 2], ports[(2 * id) - 1]));
        }

        Network = new Network(_entries);
    }

    public Network Network { get; }

    public IReadOnlyCollection<MiniServer> Running => _running.Values;

    public MiniServer this[int id] => _running[id];

    public static async Task<MiniCluster> StartAsync(int servers, Func<ServerConfiguration, ServerConfiguration>? change = null)
    {
        var cluster = new MiniCluster(servers, change);
        await cluster.StartAsync([.. Enumerable.Range(1, servers)]);
        await cluster.MeshAsync();
        return cluster;
    }

    public async Task StartAsync(params int[] ids)
    {
        foreach (var server in await Task.WhenAll(ids.Select(id => MiniServer.StartAsync(ConfigurationOf(id), Network))))
        {
            _running.Add(server.Id, server);
        }
    }

    /// <summary>Waits until every running server is in touch with every other.</summary>
    public Task MeshAsync() => Eventually.Is(
        () => _running.Values.All(a => _running.Keys.All(a.Sees)),
        () => string.Join(Environment.NewLine, _running.Values.Select(s => $"--- {s.Id} sees {string.Join(',', _running.Keys.Where(s.Sees))}\n{s.Log}")));

    /// <summary>Ends a server as SIGKILL would: its connections break, and nobody says good-bye.</summary>
    public async Task KillAsync(int id)
    {
        Network.Kill(id);
        await _running[id].EndAsync();
        _running.Remove(id);
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
        Secret = Encoding.ASCII.GetBytes("the secret of the members"),
        Replica = new ReplicaOptions(),
    });

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_running.Values.Select(s => s.EndAsync()));
        Directory.Delete(_directory, recursive: true);
    }
}

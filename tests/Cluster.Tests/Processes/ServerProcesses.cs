using System.Globalization;
using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Cluster.Tests.Hosting;

namespace GrainKeeper.Cluster.Tests.Processes;

/// <summary>Three servers in processes of their own, as an operator runs them: <c>serve</c> with a configuration file.</summary>
internal sealed class ServerProcesses : IAsyncDisposable
{
    private const string ClusterId = "processes";
    private readonly string _directory = Directory.CreateTempSubdirectory("gk-processes-").FullName;
    private readonly Dictionary<int, ChildProcess> _running = [];
    private readonly int[] _ports = LoopbackPorts.Take(6);
    private readonly string _settings;

    /// <param name="settings">Lines of the configuration besides the server list.</param>
    public ServerProcesses(string settings) => _settings = settings;

    public static IReadOnlyList<int> Ids { get; } = [1, 2, 3];

    public void Start(int id)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"dataDir={Path.Combine(_directory, $"{id}")}\nclusterId={ClusterId}\nsecret=the secret of the processes\n");
        text.Append(CultureInfo.InvariantCulture, $"admin.enableServer=false\n{_settings}\n");
        foreach (var server in Ids)
        {
            text.Append(CultureInfo.InvariantCulture, $"server.{server}=127.0.0.1:{_ports[(2 * server) - 2]}:{_ports[(2 * server) - 1]}\n");
        }

        var file = Path.Combine(_directory, $"{id}.cfg");
        File.WriteAllText(file, text.ToString());
        _running[id] = ChildProcess.Start("dotnet", Path.Combine(AppContext.BaseDirectory, "GrainKeeper.Silo.dll"), "serve", "--id", $"{id}", "--config", file);
    }

    public async Task KillAsync(int id)
    {
        await _running[id].KillAsync();
        await _running[id].DisposeAsync();
        _running.Remove(id);
    }

    /// <summary>A session by way of some servers; waits for them to start.</summary>
    public async Task<GrainKeeperClient> ConnectAsync(params IEnumerable<int> servers)
    {
        try
        {
            return await GrainKeeperClient.ConnectAsync(new GrainKeeperClientOptions
            {
                Servers = ConnectString.Parse(string.Join(',', servers.Select(s => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_ports[(2 * s) - 1]}")))),
                ClusterId = ClusterId,
                AttemptTimeout = TimeSpan.FromSeconds(10),
                ConnectTimeout = TimeSpan.FromMilliseconds(3 * Ensemble.Patience),
                SessionTimeout = TimeSpan.FromSeconds(30),
            });
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message}\n{Describe()}", e);
        }
    }

    public string Describe() => string.Join(Environment.NewLine, _running.Select(r => $"--- {r.Key}{(r.Value.HasExited ? " has ended" : string.Empty)}\n{r.Value.Output}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _running.Values)
        {
            await server.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}

using System.Globalization;
using System.Text;
using GrainKeeper.Client;

namespace GrainKeeper.Process.Tests.Harness;

/// <summary>An ensemble of real server processes with data in a temporary directory and default settings, the admin port apart.</summary>
internal sealed class Ensemble : IAsyncDisposable
{
    private const int PortsPerServer = 5;
    private readonly int _first;
    private readonly ServerProgram?[] _servers;
    private readonly ServerState[] _states;
    private readonly string[] _settings;
    private readonly List<ServerProgram> _ended = [];
    private readonly bool _networked;

    public Ensemble(int count, params string[] settings)
        : this(count, networked: false, settings)
    {
    }

    private Ensemble(int count, bool networked, string[] settings)
    {
        _networked = networked;
        Count = count;
        _first = FreePorts.TakeRow(count * PortsPerServer);
        _servers = new ServerProgram?[count + 1];
        _states = [.. Enumerable.Repeat(ServerState.Unknown, count + 1)];
        _settings = settings;
        Root = Directory.CreateTempSubdirectory("gk-process-").FullName;
        var text = new StringBuilder("clusterId=process-tests\nsecret=a secret of the process tests\nadmin.enableServer=false\nmaxClientCnxns=0\n");
        for (var n = 1; n <= count; n++)
        {
            text.Append(CultureInfo.InvariantCulture, $"server.{n}=127.0.0.1:{(networked ? KnownPort(n) : SiloPort(n))}:{GatewayPort(n)};127.0.0.1:{ClientPort(n)}\n");
        }

        ConfigurationFile = Path.Combine(Root, "zoo.cfg");
        File.WriteAllText(ConfigurationFile, text.ToString());
        Network = new ServerNetwork(networked ? Ids.Select(n => (n, KnownPort(n), SiloPort(n))) : [], ServerOf);
    }

    /// <summary>An ensemble whose servers talk through <see cref="Network"/>.</summary>
    public static Ensemble Networked(int count, params string[] settings) => new(count, networked: true, settings);

    public ServerNetwork Network { get; }

    public int Count { get; }

    public string Root { get; }

    public string ConfigurationFile { get; }

    public IEnumerable<int> Ids => Enumerable.Range(1, Count);

    public IEnumerable<int> Running => Ids.Where(n => _servers[n] is { HasExited: false });

    /// <summary>Settings of single servers, <c>key=value</c>.</summary>
    public Func<int, IEnumerable<string>> SettingsOf { get; init; } = _ => [];

    public int SiloPort(int server) => _first + ((server - 1) * PortsPerServer);

    public int GatewayPort(int server) => SiloPort(server) + 1;

    public int ClientPort(int server) => SiloPort(server) + 2;

    public string DataOf(int server) => Path.Combine(Root, server.ToString(CultureInfo.InvariantCulture));

    public ServerProgram this[int server] => _servers[server] ?? throw new InvalidOperationException($"server {server} was never started");

    public ServerState StateOf(int server) => Volatile.Read(ref _states[server]);

    /// <summary>Everything that all processes have printed last.</summary>
    public string Tails => string.Join(Environment.NewLine, _ended.TakeLast(3).Concat(_servers.OfType<ServerProgram>()).Select(s => s.Tail));

    public GrainKeeperClientOptions ClientOf(params int[] servers) => new()
    {
        Servers = ConnectString.Parse(string.Join(',', servers.Select(n => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{GatewayPort(n)}")))),
        ClusterId = "process-tests",
    };

    public GrainKeeperClientOptions ClientOfAll() => ClientOf([.. Ids]);

    public ServerProgram Start(int server)
    {
        if (_servers[server] is { } old)
        {
            Assert.True(old.HasExited, $"server {server} still runs");
            _ended.Add(old);
        }

        Volatile.Write(ref _states[server], ServerState.Unknown);
        void Hear(string line)
        {
            if (ServerState.Parse(line) is { } state)
            {
                Volatile.Write(ref _states[server], state);
            }
        }

        // Supervised: should this test process be killed, the servers stop by themselves.
        string[] arguments =
        [
            "serve", "--supervised", "--id", server.ToString(CultureInfo.InvariantCulture), "--config", ConfigurationFile, "--set", "dataDir=" + DataOf(server),
            .. _settings.Concat(_networked ? [$"listen.siloPort={SiloPort(server)}"] : []).Concat(SettingsOf(server)).SelectMany(s => new[] { "--set", s }),
        ];
        return _servers[server] = ServerProgram.Start(arguments, Hear);
    }

    public async Task<int> StartAllAsync()
    {
        foreach (var server in Ids)
        {
            Start(server);
        }

        return await AllServeAsync();
    }

    /// <summary>The server that says it leads, if exactly one of those asked does.</summary>
    public int? Leader(params int[] except)
    {
        var leaders = Ids.Except(except).Where(n => _servers[n] is { HasExited: false } && StateOf(n).Leads).ToArray();
        return leaders.Length == 1 ? leaders[0] : null;
    }

    public async Task<int> LeaderAsync(double seconds, params int[] except)
    {
        int? leader = null;
        await Until.TrueAsync(() => (leader = Leader(except)) is not null, "a server leads", seconds, () => Tails);
        return leader!.Value;
    }

    /// <returns>The leader whom all then followed.</returns>
    public async Task<int> AllServeAsync(double seconds = 120)
    {
        int? leader = null;
        await Until.TrueAsync(
            () => (leader = Leader()) is not null && Ids.All(n => StateOf(n) is { Serves: true } state && state.Leader == leader && !this[n].HasExited), "all servers serve", seconds, () => Tails);
        return leader!.Value;
    }

    public async Task KillAsync(int server)
    {
        await this[server].KillAsync();
        Volatile.Write(ref _states[server], ServerState.Unknown);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.OfType<ServerProgram>().Concat(_ended))
        {
            server.Dispose();
        }

        await Network.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }

    // The port that the peers know, where it is not the one on which the server listens.
    private int KnownPort(int server) => SiloPort(server) + 3;

    private int? ServerOf(int process)
    {
        var server = Array.FindIndex(_servers, s => s is { HasExited: false } && s.Id == process);
        return server < 0 ? null : server;
    }
}

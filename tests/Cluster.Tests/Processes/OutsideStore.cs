using System.Globalization;
using System.Net.Sockets;
using GrainKeeper.Cluster.Tests.Hosting;

namespace GrainKeeper.Cluster.Tests.Processes;

/// <summary>A PostgreSQL or Redis server in a directory of its own, without any trace in the system.</summary>
internal sealed class OutsideStore : IAsyncDisposable
{
    // Children of a killed PostgreSQL may outlive it by a moment, and it does not start again before they are gone.
    private const string StillThere = "pre-existing shared memory block";

    private readonly string _directory;
    private readonly string[] _command;
    private readonly string _readyLine;
    private ChildProcess _process;

    private OutsideStore(string directory, string[] command, int port, string readyLine)
    {
        (_directory, _command, Port, _readyLine) = (directory, command, port, readyLine);
        _process = ChildProcess.Start(command[0], command[1..]);
    }

    public int Port { get; }

    /// <param name="settings">Of postgresql.conf, such as <c>max_prepared_transactions=100</c>.</param>
    public static async Task<OutsideStore> StartPostgresAsync(params string[] settings)
    {
        var directory = Directory.CreateTempSubdirectory("gk-postgres-").FullName;
        var data = Path.Combine(directory, "data");
        var port = LoopbackPorts.Take(1)[0];

        // PostgreSQL refuses to run as root.
        string[] user = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] : [];
        if (user.Length > 0)
        {
            await ChildProcess.RunAsync("chown", "postgres", directory);
        }

        string[] init = [.. user, Tool("initdb"), "--no-sync", "--auth=trust", "--username=gk", "-D", data];
        await ChildProcess.RunAsync(init[0], init[1..]);
        string[] run = [.. user, Tool("postgres"), "-D", data, "-h", "127.0.0.1", "-p", $"{port}", "-k", directory, "-c", "fsync=off"];
        return await AnswersAsync(new OutsideStore(directory, [.. run, .. settings.SelectMany(s => new[] { "-c", s })], port, "database system is ready to accept connections"));
    }

    public static Task<OutsideStore> StartRedisAsync()
    {
        var directory = Directory.CreateTempSubdirectory("gk-redis-").FullName;
        var port = LoopbackPorts.Take(1)[0];
        return AnswersAsync(new OutsideStore(directory, ["redis-server", "--port", $"{port}", "--bind", "127.0.0.1", "--dir", directory, "--save", string.Empty], port, "Ready to accept connections"));
    }

    /// <summary>Ends all its processes as SIGKILL does.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>The same, at once.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Starts it again on the same data and port.</summary>
    public async Task StartAgainAsync()
    {
        await RestartAsync();
        await AnswersAsync(this);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task<OutsideStore> AnswersAsync(OutsideStore store)
    {
        try
        {
            await Eventually.Is(
                async () =>
                {
                    if (store._process.HasExited && store._process.Output.Contains(StillThere, StringComparison.Ordinal))
                    {
                        await store.RestartAsync();
                    }

                    return store._process.Output.Contains(store._readyLine, StringComparison.Ordinal) && Connects(store.Port);
                },
                () => store._process.Output,
                180_000);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    private async Task RestartAsync()
    {
        await _process.DisposeAsync();
        _process = ChildProcess.Start(_command[0], _command[1..]);
    }

    private static bool Connects(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return client.Connected;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // Debian keeps the server's programs beside the path, by version.
    private static string Tool(string name)
    {
        const string Versions = "/usr/lib/postgresql";
        var found = Directory.Exists(Versions)
            ? Directory.GetDirectories(Versions).OrderByDescending(d => double.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var v) ? v : 0)
                .Select(d => Path.Combine(d, "bin", name)).FirstOrDefault(File.Exists)
            : null;
        return found ?? name;
    }
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace GrainKeeper.TestServers;

/// <summary>An ensemble of the built server, started as the README says: each server is a process of its own, and one that dies is started again.</summary>
public sealed partial class DevEnsemble : IDisposable
{
    private const int PortsPerServer = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private readonly ChildProcess _dev;
    private readonly int _basePort;

    private DevEnsemble(ChildProcess dev, int servers, int basePort, string directory)
    {
        _dev = dev;
        _basePort = basePort;
        Servers = servers;
        Directory = directory;
    }

    /// <summary>How many servers.</summary>
    public int Servers { get; }

    /// <summary>Where it keeps its data.</summary>
    public string Directory { get; }

    /// <summary>What <c>dev</c> and all its servers have said.</summary>
    public string Output => _dev.Output;

    /// <summary>A connect string for ZooKeeper clients.</summary>
    public string Hosts => string.Join(',', Enumerable.Range(1, Servers).Select(Host));

    /// <summary>A connect string for .NET clients.</summary>
    public string Gateways => string.Join(',', Enumerable.Range(1, Servers).Select(Gateway));

    /// <summary>Starts one and waits until all its servers serve.</summary>
    /// <param name="servers">1 to 9.</param>
    /// <param name="directory">Where it keeps its data.</param>
    /// <param name="settings">Settings of every server, each <c>key=value</c>.</param>
    public static async Task<DevEnsemble> StartAsync(int servers, string directory, params string[] settings)
    {
        var basePort = LoopbackPorts.TakeRange(PortsPerServer * servers);
        var dev = ChildProcess.Start("dotnet", [
            ServerProgram, "dev", "--servers", Text(servers), "--data", directory, "--base-port", Text(basePort), "--log-level", "Warning",
            .. settings.SelectMany(s => new[] { "--set", s }),
        ]);
        var ensemble = new DevEnsemble(dev, servers, basePort, directory);
        try
        {
            await dev.WaitForLineAsync(l => l.StartsWith("Ready", StringComparison.Ordinal), Patience);
            return ensemble;
        }
        catch
        {
            ensemble.Dispose();
            throw;
        }
    }

    /// <summary>The built program of the server.</summary>
    public static string ServerProgram { get; } = Path.Combine(AppContext.BaseDirectory, "GrainKeeper.Silo.dll");

    /// <summary>The ZooKeeper port of a server, counted from 1.</summary>
    public int Port(int server) => _basePort + (PortsPerServer * (server - 1)) + 2;

    /// <summary>Where ZooKeeper clients reach a server, counted from 1.</summary>
    public string Host(int server) => "127.0.0.1:" + Text(Port(server));

    /// <summary>Where .NET clients reach a server, counted from 1.</summary>
    public string Gateway(int server) => "127.0.0.1:" + Text(Port(server) - 1);

    /// <summary>Waits until <c>dev</c> or one of its servers has said a line, which may have been said before.</summary>
    public Task WaitForOutputAsync(string text) => _dev.WaitForLineAsync(l => l.Contains(text, StringComparison.Ordinal), Patience);

    /// <summary>Kills a server as <c>kill -9</c> would. <c>dev</c> starts it again.</summary>
    public void KillServer(int server) => System.Diagnostics.Process.GetProcessById(ProcessOf(server)).Kill();

    /// <summary>Lets a server hang, as SIGSTOP does: to the others it is as good as dead, and <c>dev</c> does not start it again.</summary>
    public Task PauseServerAsync(int server) => SignalAsync(server, "STOP");

    /// <summary>Lets a paused server go on.</summary>
    public Task ResumeServerAsync(int server) => SignalAsync(server, "CONT");

    /// <summary>Waits until a server answers a four-letter word as expected.</summary>
    public Task WaitForAnswerAsync(int server, string word, string expected) =>
        FourLetterWord.WaitForAnswerAsync(Port(server), word, expected, Patience, () => _dev.HasExited);

    /// <summary>Waits until a server serves.</summary>
    public Task WaitUntilServingAsync(int server) => FourLetterWord.WaitUntilServingAsync(Port(server), Patience, () => _dev.HasExited);

    /// <summary>The process id of a server.</summary>
    public int ProcessOf(int server)
    {
        foreach (var directory in System.IO.Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id))
            {
                continue;
            }

            try
            {
                var command = File.ReadAllText(Path.Combine(directory, "cmdline"));
                if (Supervised().IsMatch(command) && command.Contains($"\0--id\0{Text(server)}\0", StringComparison.Ordinal)
                    && command.Contains(Path.Combine(Directory, "zoo.cfg"), StringComparison.Ordinal))
                {
                    return id;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // That process ended while it was looked at.
            }
        }

        throw new InvalidOperationException($"server {server} does not run:\n{Output}");
    }

    /// <summary>Ends all its processes.</summary>
    public void Dispose() => _dev.Dispose();

    private async Task SignalAsync(int server, string signal)
    {
        using var kill = ChildProcess.Start("/bin/sh", ["-c", $"kill -{signal} {Text(ProcessOf(server))}"]);
        if (await kill.WaitForExitAsync(Patience) != 0)
        {
            throw new InvalidOperationException($"SIG{signal} to server {server}: {kill.Output}");
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("serve\0--supervised\0")]
    private static partial Regex Supervised();
}

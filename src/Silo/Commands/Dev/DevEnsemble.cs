using System.Diagnostics;
using System.Globalization;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Silo.Hosting;

namespace GrainKeeper.Silo.Commands.Dev;

/// <summary>A durable ensemble of several server processes on this machine.</summary>
internal sealed class DevEnsemble(DevOptions options, TextWriter output)
{
    private readonly Lock _lock = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private string _said = string.Empty;
    private bool _ready;
    private string? _administrator;
    private bool _stopping;

    /// <summary>Runs until cancelled, or until a server cannot be kept running.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="ServerStartException">The ensemble cannot be started.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var directory = DevDirectory.Open(options);
        _administrator = directory.AdministratorFile;
        DevPorts.Check(options);
        output.WriteLine($"Starting {options.Servers} server{(options.Servers == 1 ? string.Empty : "s")}; data in {options.Directory}");
        foreach (var entry in options.Entries)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  server {entry.Id}: native clients {entry.Host}:{entry.GatewayPort}, ZooKeeper clients {entry.Host}:{entry.ClientPort}, silo port {entry.SiloPort}"));
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var servers = new List<DevServer>();
        for (var n = 1; n <= options.Servers; n++)
        {
            var number = n;
            servers.Add(new DevServer(number, () => ChildProgram.Start(options, directory, number), output, () => Report(servers)));
        }

        var running = servers.Select(s => Task.Run(() => s.RunAsync(stop.Token), CancellationToken.None)).ToList();
        var asked = Task.Delay(Timeout.Infinite, cancellationToken);
        var first = await Task.WhenAny(running.Append(asked));
        lock (_lock)
        {
            _stopping = true;
        }

        output.WriteLine("Stopping all servers.");
        await stop.CancelAsync();
        var codes = await Task.WhenAll(running);
        output.WriteLine("All servers have stopped.");
        return first == asked ? ExitCodes.Stopped : codes.FirstOrDefault(c => c is not null) ?? ExitCodes.Stopped;
    }

    private void Report(List<DevServer> servers)
    {
        lock (_lock)
        {
            if (_stopping)
            {
                return;
            }

            var leader = servers.Find(s => s.Status is { Role: ServerRole.Leading, Serves: true });
            var down = servers.Where(s => !s.Status.Serves).Select(s => s.Number).ToArray();
            var line = leader is null ? "No server leads."
                : string.Create(CultureInfo.InvariantCulture, $"Server {leader.Number} leads (epoch {leader.Status.Epoch}).");
            if (_ready && down.Length > 0)
            {
                line += $" Not serving: {string.Join(", ", down)}.";
            }

            if (!_ready)
            {
                if (leader is null || servers.Exists(s => !s.Status.Serves))
                {
                    return;
                }

                _ready = true;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Ready after {_watch.Elapsed.TotalSeconds:0.0} s. {line}"));
                output.WriteLine($"Connect with: gk --server {options.Endpoints} status");
                output.WriteLine($"As the administrator (who creates trees): GK_AUTH=digest:super:$(cat {_administrator}) gk --server {options.Endpoints} trees create NAME");
                _said = line;
                return;
            }

            if (line != _said)
            {
                _said = line;
                output.WriteLine(line);
            }
        }
    }
}

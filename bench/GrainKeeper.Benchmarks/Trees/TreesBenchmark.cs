using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using GrainKeeper.Client;
using GrainKeeper.Client.Status;
using GrainKeeper.Contracts.Servers;

namespace GrainKeeper.Benchmarks.Trees;

/// <summary>Sets values in several trees at once: what the same load costs when more leaders, logs and elections share it.</summary>
internal static class TreesBenchmark
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(TreesOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Warmup + options.Measured + Patience);
        var names = Enumerable.Range(1, options.Trees).Select(i => string.Create(CultureInfo.InvariantCulture, $"bench-{i}")).ToList();
        await CreateAsync(options, names, limit.Token);
        var leaders = await LeadersAsync(options, names, limit.Token);
        var clients = new List<GrainKeeperClient>();
        try
        {
            for (var i = 0; i < options.Sessions; i++)
            {
                // Each session knows one server only, so that they are spread evenly.
                var server = options.Servers.Servers[i % options.Servers.Servers.Count];
                clients.Add(await GrainKeeperClient.ConnectAsync(OptionsFor($"{server}", names[i % names.Count]), limit.Token));
            }

            var result = await LoadAsync(options, clients, limit.Token);
            result["trees"] = options.Trees;
            result["leaders"] = leaders;
            await output.WriteLineAsync(JsonSerializer.Serialize(result));
            return 0;
        }
        finally
        {
            await Task.WhenAll(clients.Select(c => c.DisposeAsync().AsTask()));
        }
    }

    private static async Task CreateAsync(TreesOptions options, List<string> names, CancellationToken cancellationToken)
    {
        await using var root = await GrainKeeperClient.ConnectAsync(new GrainKeeperClientOptions { Servers = options.Servers }, cancellationToken);
        await root.AddAuthAsync("digest", Encoding.UTF8.GetBytes(options.Credentials), cancellationToken);
        var directory = new TreeDirectory(root);
        foreach (var missing in names.Except(await directory.ListAsync(cancellationToken), StringComparer.Ordinal))
        {
            await directory.CreateAsync(missing, cancellationToken);
        }
    }

    /// <summary>Waits until each tree has a leader that serves, and counts the trees that each server leads.</summary>
    private static async Task<SortedDictionary<string, int>> LeadersAsync(TreesOptions options, List<string> names, CancellationToken cancellationToken)
    {
        while (true)
        {
            var report = await EnsembleStatusReader.ReadAsync(new GrainKeeperClientOptions { Servers = options.Servers }, allTrees: true, cancellationToken);
            var leading = report.Servers
                .Where(s => names.Contains(s.Tree, StringComparer.Ordinal) && s.Status is { Role: ServerRole.Leading, Phase: ServerPhase.Broadcast })
                .ToList();
            if (leading.DistinctBy(s => s.Tree, StringComparer.Ordinal).Count() == names.Count)
            {
                return new SortedDictionary<string, int>(
                    leading.GroupBy(s => s.Server.Id.ToString(CultureInfo.InvariantCulture), StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count()),
                    StringComparer.Ordinal);
            }

            await Task.Delay(100, cancellationToken);
        }
    }

    private static async Task<Dictionary<string, object>> LoadAsync(TreesOptions options, IReadOnlyList<GrainKeeperClient> clients, CancellationToken cancellationToken)
    {
        var loads = clients.Select((c, i) => new TreeLoad(c, i, options.Size)).ToList();
        var running = Task.WhenAll(loads.Select(l => l.RunAsync(options.Pipeline, cancellationToken)));
        await Task.WhenAny(running, Task.Delay(options.Warmup, cancellationToken));
        var (servers, own, began) = (ProcessorTime(options.Processes), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        loads.ForEach(l => l.Measure());
        await Task.WhenAny(running, Task.Delay(options.Measured, cancellationToken));
        loads.ForEach(l => l.End());
        var elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        servers = ProcessorTime(options.Processes) - servers;
        own = Environment.CpuUsage.TotalTime - own;
        await running;
        var latencies = loads.SelectMany(l => l.Latencies).Order().ToList();
        if (latencies.Count == 0)
        {
            throw new InvalidOperationException("no set was answered");
        }

        return new Dictionary<string, object>
        {
            ["ops_s"] = Math.Round(latencies.Count / elapsed, 1),
            ["p50_us"] = Math.Round(latencies[latencies.Count / 2] * 1000, 1),
            ["p99_us"] = Math.Round(latencies[latencies.Count * 99 / 100] * 1000, 1),
            ["server_cpu_us_per_op"] = Math.Round(servers.TotalMicroseconds / latencies.Count, 2),
            ["server_cores"] = Math.Round(servers.TotalSeconds / elapsed, 3),
            ["client_cores"] = Math.Round(own.TotalSeconds / elapsed, 3),
        };
    }

    private static TimeSpan ProcessorTime(IReadOnlyList<int> processes) => processes
        .Select(p => Process.GetProcessById(p).TotalProcessorTime)
        .Aggregate(TimeSpan.Zero, (sum, time) => sum + time);

    private static GrainKeeperClientOptions OptionsFor(string servers, string tree) => new() { Servers = ConnectString.Parse(servers), Tree = tree };
}

using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using GrainKeeper.Client;
using GrainKeeper.Client.Status;
using GrainKeeper.Client.Transactions;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Benchmarks.Transactions;

/// <summary>The commit protocols side by side: what a transaction over several trees takes, with one more participant that is slow.</summary>
internal static class TxBenchmark
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Converters = { new JsonStringEnumConverter() } };

    public static string PathOf(int load) => string.Create(CultureInfo.InvariantCulture, $"/tx-{load}");

    public static async Task<int> RunAsync(TxOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        var names = Enumerable.Range(1, options.Participants.Max()).Select(i => string.Create(CultureInfo.InvariantCulture, $"bench-tx-{i}")).ToList();
        await PrepareAsync(options, names, cancellationToken);
        var rows = new List<TxRow>();
        foreach (var (participants, slow, clients, protocol) in
            from participants in options.Participants from slow in options.Slow from clients in options.Clients from protocol in options.Protocols select (participants, slow, clients, protocol))
        {
            // The slow one takes a tree's place.
            var row = await MeasureAsync(options, [.. names.Take(participants - (slow > 0 ? 1 : 0))], slow, clients, protocol, cancellationToken);
            rows.Add(row);
            await output.WriteLineAsync(JsonSerializer.Serialize(row, Json));
        }

        await output.WriteLineAsync();
        await output.WriteLineAsync("| participants | slow by ms | clients | protocol | committed/s | p50 ms | p95 ms | p99 ms | server CPU µs | aborted | in doubt |");
        await output.WriteLineAsync("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var r in rows)
        {
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"| {r.Participants} | {r.SlowMs} | {r.Clients} | {r.Protocol} | {r.PerSecond} | {r.P50} | {r.P95} | {r.P99} | {r.ServerCpu} | {r.Aborted} | {r.InDoubt} |"));
        }

        return 0;
    }

    private static async Task PrepareAsync(TxOptions options, List<string> names, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        await using (var root = await GrainKeeperClient.ConnectAsync(new GrainKeeperClientOptions { Servers = options.Servers }, limit.Token))
        {
            await root.AddAuthAsync("digest", Encoding.UTF8.GetBytes(options.Credentials), limit.Token);
            var directory = new TreeDirectory(root);
            foreach (var missing in names.Except(await directory.ListAsync(limit.Token), StringComparer.Ordinal))
            {
                await directory.CreateAsync(missing, limit.Token);
            }
        }

        await WaitForLeadersAsync(options, names, limit.Token);
        foreach (var name in names)
        {
            await using var client = await GrainKeeperClient.ConnectAsync(new GrainKeeperClientOptions { Servers = options.Servers, Tree = name }, limit.Token);
            for (var load = 0; load < options.Clients.Max(); load++)
            {
                if (await client.ExistsAsync(PathOf(load), cancellationToken: limit.Token) is null)
                {
                    await client.CreateAsync(PathOf(load), new byte[options.Size], cancellationToken: limit.Token);
                }
            }
        }
    }

    private static async Task WaitForLeadersAsync(TxOptions options, List<string> names, CancellationToken cancellationToken)
    {
        while (true)
        {
            var report = await EnsembleStatusReader.ReadAsync(new GrainKeeperClientOptions { Servers = options.Servers }, allTrees: true, cancellationToken);
            var led = report.Servers.Where(s => s.Status is { Role: ServerRole.Leading, Phase: ServerPhase.Broadcast }).Select(s => s.Tree).ToHashSet(StringComparer.Ordinal);
            if (names.TrueForAll(led.Contains))
            {
                return;
            }

            await Task.Delay(100, cancellationToken);
        }
    }

    private static async Task<TxRow> MeasureAsync(TxOptions options, IReadOnlyList<string> trees, int slow, int clients, CommitProtocol protocol, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Warmup + options.Measured + Patience);
        var settings = new TransactionSettings { Protocol = protocol };
        var value = new byte[options.Size];
        await using var client = new TransactionClient(new GrainKeeperClientOptions { Servers = options.Servers });
        var loads = Enumerable.Range(0, clients).Select(i => new TxLoad(client, settings, trees, slow, i, value)).ToList();
        var running = Task.WhenAll(loads.Select(l => l.RunAsync(limit.Token)));
        await Task.WhenAny(running, Task.Delay(options.Warmup, limit.Token));
        var (servers, began) = (ProcessorTime(options.Processes), Stopwatch.GetTimestamp());
        loads.ForEach(l => l.Measure());
        await Task.WhenAny(running, Task.Delay(options.Measured, limit.Token));
        loads.ForEach(l => l.End());
        var elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        servers = ProcessorTime(options.Processes) - servers;
        await running;
        var latencies = loads.SelectMany(l => l.Latencies).Order().ToList();
        if (latencies.Count == 0)
        {
            throw new InvalidOperationException($"{protocol} with {trees.Count} trees: nothing was committed: {loads[0].Problem}");
        }

        double Percentile(int percent) => Math.Round(latencies[Math.Min(latencies.Count - 1, latencies.Count * percent / 100)], 2);
        return new TxRow(
            protocol,
            trees.Count + (slow > 0 ? 1 : 0),
            slow,
            clients,
            latencies.Count,
            loads.Sum(l => l.Aborted),
            loads.Sum(l => l.InDoubt),
            Math.Round(latencies.Count / elapsed, 1),
            Percentile(50),
            Percentile(95),
            Percentile(99),
            Math.Round(servers.TotalMicroseconds / latencies.Count, 1));
    }

    private static TimeSpan ProcessorTime(IReadOnlyList<int> processes) => processes
        .Select(p => Process.GetProcessById(p).TotalProcessorTime)
        .Aggregate(TimeSpan.Zero, (sum, time) => sum + time);
}

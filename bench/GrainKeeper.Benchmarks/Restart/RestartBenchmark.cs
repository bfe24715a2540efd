using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GrainKeeper.Core.Replica;
using GrainKeeper.Silo.Configuration;
using GrainKeeper.Storage;

namespace GrainKeeper.Benchmarks.Restart;

/// <summary>Restarts a server of a one-server ensemble and prints a table.</summary>
internal static class RestartBenchmark
{
    private static readonly TimeSpan TimeAim = TimeSpan.FromSeconds(5);
    private const int MemoryAim = 450;

    public static async Task<int> RunAsync(RestartOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        var (configuration, file) = Configure(options);
        var storage = configuration.StorageOf("root");
        if (!Directory.Exists(storage.Directory))
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"building {options.Nodes} nodes of {options.Bytes} B and {options.Tail} changes after the snapshot in {options.Directory}"));
            await RestartData.BuildAsync(storage, options.Nodes, options.Bytes, options.Tail);
        }

        GC.Collect();
        output.WriteLine("run | first read s | processor s | resident MB | peak MB | resident 10 s later MB");
        var runs = new List<ServerRun>();
        for (var run = 1; run <= options.Runs; run++)
        {
            var result = await ServerRun.MeasureAsync(configuration, file, BenchTxns.PathOf(options.Nodes - 1), options.Bytes, cancellationToken);
            runs.Add(result);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{run} | {result.FirstRead.TotalSeconds:0.00} | {result.Processor.TotalSeconds:0.00} | {Mb(result.Resident)} | {Mb(result.Peak)} | {Mb(result.Settled)}"));
        }

        await ReportLoadAsync(storage, output);
        var time = runs.Select(r => r.FirstRead).Order().ElementAt(runs.Count / 2);
        var memory = runs.Select(r => Mb(r.Settled)).Order().ElementAt(runs.Count / 2);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"median: {time.TotalSeconds:0.00} s to the first read ({(time < TimeAim ? "within" : "misses")} the aim of {TimeAim.TotalSeconds:0} s), {memory} MB resident ({(memory < MemoryAim ? "within" : "misses")} the aim of {MemoryAim} MB)"));
        return 0;
    }

    private static (ServerConfiguration Configuration, string File) Configure(RestartOptions options)
    {
        var ports = FreePorts(3);
        var file = Path.Combine(Directory.CreateDirectory(options.Directory).FullName, "zoo.cfg");
        File.WriteAllLines(
            file,
            [
                "dataDir=" + Path.Combine(options.Directory, "data"),
                "admin.enableServer=false",
                string.Create(CultureInfo.InvariantCulture, $"server.1=127.0.0.1:{ports[0]}:{ports[1]};127.0.0.1:{ports[2]}"),
                .. options.Settings,
            ]);
        return (ServerConfigurationLoader.Load(new ConfigurationRequest { File = file, Id = 1 }), file);
    }

    /// <summary>What of the time and memory belongs to storage and tree alone: the same files, loaded by this process.</summary>
    private static async Task ReportLoadAsync(StorageOptions options, TextWriter output)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var state = new ReplicaState();
        var bench = new BenchState(state);
        var watch = Stopwatch.StartNew();
        await using var storage = ReplicaStorage.Open(options, bench, bench);
        var loaded = watch.Elapsed;
        var live = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"storage and tree alone, in this process: {loaded.TotalSeconds:0.00} s, {Mb(live)} MB live, {live / Math.Max(1, state.Tree.Count)} B a node"));
        GC.KeepAlive(state);
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            return [.. listeners.Select(l =>
            {
                l.Start();
                return ((IPEndPoint)l.LocalEndpoint).Port;
            })];
        }
        finally
        {
            Array.ForEach(listeners, l => l.Dispose());
        }
    }

    private static long Mb(long bytes) => bytes / 1_000_000;
}

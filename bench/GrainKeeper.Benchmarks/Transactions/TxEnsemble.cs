using System.Diagnostics;
using System.Globalization;
using GrainKeeper.Client;

namespace GrainKeeper.Benchmarks.Transactions;

/// <summary>Three servers of the benchmark's own, started by start.sh as processes of this program.</summary>
internal sealed class TxEnsemble : IDisposable
{
    public const string Credentials = "super:bench";
    private const string Digest = "super:cL126Z+IU/oqNpdKfBqjqSGtCms=";
    private readonly string _directory;

    private TxEnsemble(string directory, ConnectString servers, IReadOnlyList<int> processes) => (_directory, Servers, Processes) = (directory, servers, processes);

    public ConnectString Servers { get; }

    public IReadOnlyList<int> Processes { get; }

    public static async Task<TxEnsemble> StartAsync(int basePort, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("gk-tx-").FullName;
        var start = new ProcessStartInfo(Path.Combine(Repository(), "bench", "start.sh"))
        {
            ArgumentList = { "3", basePort.ToString(CultureInfo.InvariantCulture), directory },
            RedirectStandardOutput = true,
        };
        start.Environment["GK_SERVER"] = Path.Combine(AppContext.BaseDirectory, "GrainKeeper.Benchmarks");
        start.Environment["SUPER_DIGEST"] = Digest;
        using var script = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} does not start");
        var line = await script.StandardOutput.ReadToEndAsync(cancellationToken);
        await script.WaitForExitAsync(cancellationToken);
        if (script.ExitCode != 0)
        {
            throw new InvalidOperationException($"start.sh ended with {script.ExitCode}; the servers' logs are in {directory}");
        }

        var processes = line["PIDS=".Length..line.IndexOf(' ', StringComparison.Ordinal)].Split(',').Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToList();
        var gateways = string.Join(',', Enumerable.Range(1, 3).Select(i => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{basePort + 200 + i}")));
        return new TxEnsemble(directory, ConnectString.Parse(gateways), processes);
    }

    public void Dispose()
    {
        foreach (var id in Processes)
        {
            try
            {
                using var server = Process.GetProcessById(id);
                server.Kill();
                server.WaitForExit();
            }
            catch (ArgumentException)
            {
                // It has ended by itself, which the benchmark has noticed in its own way.
                continue;
            }
        }

        Directory.Delete(_directory, recursive: true);
    }

    private static string Repository()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "bench", "start.sh")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("bench/start.sh is not above this program: start servers and name them with --servers");
    }
}

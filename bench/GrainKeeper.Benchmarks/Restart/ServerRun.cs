using System.Diagnostics;
using System.Globalization;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Benchmarks.Restart;

/// <summary>One start of the real server process.</summary>
/// <param name="FirstRead">From the start of the process to the first read served.</param>
/// <param name="Resident">Resident bytes then.</param>
/// <param name="Peak">The most that were resident until then.</param>
/// <param name="Settled">Resident bytes some seconds later.</param>
/// <param name="Processor">Processor time used until the first read.</param>
internal sealed record ServerRun(TimeSpan FirstRead, long Resident, long Peak, long Settled, TimeSpan Processor)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    public static async Task<ServerRun> MeasureAsync(
        ServerConfiguration configuration, string configurationFile, byte[] path, int bytes, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "GrainKeeper.Silo"))
        {
            ArgumentList = { "serve", "--id", "1", "--config", configurationFile, "--log-level", "Warning" },
        };
        var watch = Stopwatch.StartNew();
        using var server = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} does not start");
        try
        {
            var read = await ProbeClient.ReadFirstAsync(configuration.SelfEntry.ClientPort!.Value, path, server, limit.Token);
            var firstRead = watch.Elapsed;
            if (read != bytes)
            {
                throw new InvalidOperationException($"the node has {read} bytes instead of {bytes}");
            }

            server.Refresh();
            var processor = server.TotalProcessorTime;
            var (resident, peak) = (StatusOf(server, "VmRSS:"), StatusOf(server, "VmHWM:"));
            await Task.Delay(Settling, limit.Token);
            return new ServerRun(firstRead, resident, peak, StatusOf(server, "VmRSS:"), processor);
        }
        finally
        {
            // As a crash would end it.
            server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static long StatusOf(Process process, string field)
    {
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/status")).First(l => l.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..].Replace("kB", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
    }
}

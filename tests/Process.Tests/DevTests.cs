using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using GrainKeeper.Client;
using GrainKeeper.Process.Tests.Harness;
using Xunit.Abstractions;

namespace GrainKeeper.Process.Tests;

/// <summary>The command <c>dev --servers 3</c>, as a user runs it.</summary>
public sealed partial class DevTests(ITestOutputHelper output)
{
    private const int Servers = 3;

    [Fact]
    public async Task Dev_starts_restarts_a_killed_server_stops_all_on_interrupt_and_keeps_the_data()
    {
        var data = Directory.CreateTempSubdirectory("gk-dev-").FullName;
        try
        {
            var port = FreePorts.TakeRow(Servers * 10);
            string[] command = ["dev", "--servers", "3", "--data", data, "--base-port", port.ToString(CultureInfo.InvariantCulture)];
            await FirstRunAsync(command, port);
            await SecondRunAsync(command, port);
            Assert.Empty(ChildrenOf(data));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private async Task FirstRunAsync(string[] command, int port)
    {
        var watch = Stopwatch.StartNew();
        using var dev = ServerProgram.Start(command);
        await using (var client = await GrainKeeperClient.ConnectAsync(Options(port)))
        {
            await client.CreateAsync("/kept", "first"u8.ToArray());
        }

        output.WriteLine($"a write was served {watch.ElapsedMilliseconds} ms after the start of the program");
        await Until.TrueAsync(() => dev.Output.Contains("Connect with:", StringComparison.Ordinal), "dev says how to connect", 120, () => dev.Tail);
        output.WriteLine(dev.Lines.First(l => l.StartsWith("Ready", StringComparison.Ordinal)));
        Assert.Matches(@"Ready after [0-9.]+ s\. Server [1-3] leads \(epoch [0-9]+\)\.", dev.Output);
        for (var n = 0; n < Servers; n++)
        {
            Assert.Contains($"server {n + 1}: native clients 127.0.0.1:{port + (10 * n) + 1}, ZooKeeper clients 127.0.0.1:{port + (10 * n) + 2}", dev.Output, StringComparison.Ordinal);
        }

        Assert.Contains($"gk --server 127.0.0.1:{port + 1},127.0.0.1:{port + 11},127.0.0.1:{port + 21} status", dev.Output, StringComparison.Ordinal);

        var before = ChildrenOf(command[4]);
        Assert.Equal(Servers, before.Count);
        Signals.Send(before[0], Signals.Kill);
        await Until.TrueAsync(() => ChildrenOf(command[4]) is { Count: Servers } now && !now.Contains(before[0]), "dev starts the killed server again", 90, () => dev.Tail);
        await Until.TrueAsync(() => NothingMissing().IsMatch(dev.Lines.LastOrDefault(l => l.StartsWith("Server ", StringComparison.Ordinal)) ?? string.Empty), "all are up again", 90, () => dev.Tail);
        await Until.TrueAsync(() => dev.Output.Contains("ended with exit code 137 and starts again", StringComparison.Ordinal), "dev says why", 90, () => dev.Tail);
        Assert.DoesNotContain("Polly", dev.Output, StringComparison.Ordinal);

        Assert.Equal(0, await dev.StopAsync(Signals.Interrupt, 90));
        Assert.Contains("All servers have stopped.", dev.Output, StringComparison.Ordinal);
        Assert.Empty(ChildrenOf(command[4]));
    }

    private static async Task SecondRunAsync(string[] command, int port)
    {
        using var dev = ServerProgram.Start(command);
        await using (var client = await GrainKeeperClient.ConnectAsync(Options(port)))
        {
            Assert.Equal("first", Encoding.UTF8.GetString((await client.GetDataAsync("/kept")).Data.Span));
        }

        await dev.KillAsync();
        await Until.TrueAsync(() => ChildrenOf(command[4]).Count == 0, "the servers of a killed dev stop by themselves", 90, () => dev.Tail);
    }

    private static GrainKeeperClientOptions Options(int port) => new()
    {
        Servers = ConnectString.Parse($"127.0.0.1:{port + 1},127.0.0.1:{port + 11},127.0.0.1:{port + 21}"),
        AttemptTimeout = TimeSpan.FromSeconds(20),
        ConnectTimeout = TimeSpan.FromSeconds(120),
    };

    /// <summary>The processes of servers with data under a directory.</summary>
    private static List<int> ChildrenOf(string data)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                    && File.ReadAllText(Path.Combine(folder, "cmdline")).Split('\0') is [_, .. var arguments]
                    && arguments.Contains("serve") && arguments.Any(a => a.StartsWith("dataDir=" + data, StringComparison.Ordinal))
                    && Signals.IsAlive(id))
                {
                    found.Add(id);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
                _ = e;
            }
        }

        return found;
    }

    [GeneratedRegex(@"^Server [1-3] leads \(epoch [0-9]+\)\.$")]
    private static partial Regex NothingMissing();
}

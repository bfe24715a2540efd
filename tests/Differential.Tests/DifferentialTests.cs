using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using GrainKeeper.Differential.Tests.Driving;
using Xunit.Abstractions;

namespace GrainKeeper.Differential.Tests;

/// <summary>The same random requests at a real ZooKeeper 3.8 and at a server of ours. docs/wire-differences.md names what may differ.</summary>
public sealed class DifferentialTests(ServerPair servers, ITestOutputHelper output) : IClassFixture<ServerPair>
{
    private const int Seeds = 320;
    private const int RequestsPerSeed = 400;
    private const int MostReports = 5;

    [Fact]
    public void A_client_cannot_tell_this_server_from_ZooKeeper()
    {
        var only = Number("GRAINKEEPER_SEED");
        var (first, count) = only is { } seed ? (seed, 1L) : (1L, Number("GRAINKEEPER_SEEDS") ?? Seeds);
        var (reference, ours) = (servers.Reference, servers.Ours);
        var clock = Stopwatch.StartNew();
        var reports = new List<string>();
        long frames = 0, events = 0;
        for (var number = first; number < first + count && reports.Count < MostReports; number++)
        {
            using var run = new SeedRun(number, reference, ours);
            try
            {
                run.Run(RequestsPerSeed);
            }
            catch (Exception e) when (e is DifferenceException or SocketException)
            {
                reports.Add($"seed {number}, replayed by GRAINKEEPER_SEED={number} dotnet test tests/Differential.Tests -c Release\n{e.Message}");
            }

            frames += run.Frames;
            events += run.Events;
        }

        if (reports.Count > 0)
        {
            output.WriteLine(servers.Logs);
        }

        output.WriteLine($"seeds {first} to {first + count - 1}: {frames} frames, {events} events among them, in {clock.Elapsed.TotalSeconds:F1} s");
        Assert.True(reports.Count == 0, string.Join("\n\n", reports));
        Assert.True(frames - events >= count * RequestsPerSeed, $"only {frames - events} answers were compared");
        Assert.True(only is not null || events > 10_000, $"only {events} events were compared");
    }

    private static long? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;
}

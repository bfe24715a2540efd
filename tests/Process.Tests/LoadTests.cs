using System.Diagnostics;
using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;
using GrainKeeper.Process.Tests.Harness;
using Xunit.Abstractions;

namespace GrainKeeper.Process.Tests;

/// <summary>Full load: as many writes as the machine can take, for as long as GRAINKEEPER_LOAD_SECONDS says.</summary>
public sealed class LoadTests(ITestOutputHelper output)
{
    private const string Variable = "GRAINKEEPER_LOAD_SECONDS";
    private const int DefaultSeconds = 45;
    private const int Sessions = 60;
    private const int Pipelined = 20;
    private const int DataBytes = 100;

    [Fact]
    public async Task Full_load_causes_no_election_and_ends_no_session()
    {
        var seconds = int.Parse(Environment.GetEnvironmentVariable(Variable) ?? DefaultSeconds.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        await using var ensemble = new Ensemble(3);
        var leader = await ensemble.StartAllAsync();
        var before = ensemble.Ids.Select(ensemble.StateOf).ToArray();
        var written = await WriteAsync(ensemble, TimeSpan.FromSeconds(seconds));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Sessions} sessions × {Pipelined} writes under way for {seconds} s: {written} writes, {written / seconds} a second"));

        // Every change of a server's state is a new record; the very same ones mean that nothing has happened meanwhile.
        Assert.Equal(before, ensemble.Ids.Select(ensemble.StateOf));
        Assert.Equal(leader, ensemble.Leader());
        Assert.True(written > Sessions * Pipelined, ensemble.Tails);
    }

    private static async Task<long> WriteAsync(Ensemble ensemble, TimeSpan duration)
    {
        var changes = new List<string>();
        var clients = new List<GrainKeeperClient>();
        try
        {
            for (var n = 0; n < Sessions; n++)
            {
                var number = n;
                var options = ensemble.ClientOf((n % ensemble.Count) + 1) with
                {
                    StateChanged = state =>
                    {
                        lock (changes)
                        {
                            changes.Add($"session {number}: {state}");
                        }
                    },
                };
                clients.Add(await GrainKeeperClient.ConnectAsync(options));
                await clients[n].CreateAsync($"/load-{n}", default, CreateMode.Ephemeral);
            }

            lock (changes)
            {
                changes.Clear();
            }

            var until = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
            var written = await Task.WhenAll(clients.SelectMany((client, n) => Enumerable.Range(0, Pipelined).Select(_ => Task.Run(() => SetAsync(client, $"/load-{n}", until)))));
            lock (changes)
            {
                Assert.Empty(changes);
            }

            Assert.Equal(Sessions, (await clients[0].GetChildrenAsync("/")).Names.Count(n => n.StartsWith("load-", StringComparison.Ordinal)));
            return written.Sum();
        }
        finally
        {
            await Task.WhenAll(clients.Select(c => c.DisposeAsync().AsTask()));
        }
    }

    private static async Task<long> SetAsync(GrainKeeperClient client, string path, long until)
    {
        var data = new byte[DataBytes];
        var count = 0L;
        while (Stopwatch.GetTimestamp() < until)
        {
            try
            {
                await client.SetDataAsync(path, data);
                count++;
            }
            catch (ThrottledException)
            {
                await Task.Delay(1);
            }
        }

        return count;
    }
}

using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Core.Watches;
using GrainKeeper.Process.Tests.Harness;
using Xunit.Abstractions;

namespace GrainKeeper.Process.Tests;

/// <summary>Watches whose servers are killed again and again: their events, counted against the writes.</summary>
public sealed class ResumedWatchTests(ITestOutputHelper output)
{
    private const int Kills = 3;
    private const int WritesBetween = 150;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task No_event_is_lost_or_doubled_when_servers_are_killed_under_their_watchers()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("GRAINKEEPER_SEED") ?? "7", CultureInfo.InvariantCulture);
        var random = new Random(seed);
        await using var ensemble = new Ensemble(3);
        await ensemble.StartAllAsync();
        var options = ensemble.ClientOfAll() with { SessionTimeout = TimeSpan.FromSeconds(30), QueueTimeout = TimeSpan.FromMinutes(2) };
        var clients = new List<GrainKeeperClient>();
        for (var i = 0; i < 6; i++)
        {
            clients.Add(await GrainKeeperClient.ConnectAsync(options));
        }

        try
        {
            var began = (await clients[0].CreateAsync("/w")).Stat.Czxid;
            var writers = clients.Take(3).Select((c, n) => new WatchedWriter(c, "/w", n)).ToList();
            var watchers = clients.Skip(3).ToList();
            var told = watchers.ConvertAll(_ => new List<WatchEvent>());
            for (var i = 0; i < watchers.Count; i++)
            {
                await watchers[i].AddWatchAsync("/w", WatchMode.PersistentRecursive, told[i].Add, fromZxid: began);
            }

            writers.ForEach(w => w.Start());
            var cut = 0;
            for (var kill = 0; kill < Kills; kill++)
            {
                await MoreAsync(ensemble, writers, WritesBetween);
                var victim = watchers[random.Next(watchers.Count)].Server;
                cut += watchers.Count(w => w.State == ClientState.Connected && w.Server == victim);
                await ensemble.KillAsync(victim);
                await MoreAsync(ensemble, writers, WritesBetween);
                ensemble.Start(victim);
                await ensemble.AllServeAsync();
            }

            foreach (var writer in writers)
            {
                await writer.StopAsync();
            }

            var expected = writers.SelectMany(w => w.Answered).ToList();
            await Until.TrueAsync(() => told.TrueForAll(t => t.Count >= expected.Count), $"all of {expected.Count} events are told, seed {seed}", 90, () => ensemble.Tails);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"seed {seed}: {Kills} kills cut off {cut} watchers; {expected.Count} writes, told to each of {watchers.Count}: {string.Join(", ", told.Select(t => t.Count))}"));
            told.ForEach(t => AssertTold(expected, t));

            // One who was never there before gets the same from the log.
            await using var late = await GrainKeeperClient.ConnectAsync(options);
            var again = new List<WatchEvent>();
            using var patience = new CancellationTokenSource(Limit);
            await foreach (var change in late.WatchAsync("/w", WatchMode.PersistentRecursive, capacity: 500, fromZxid: began, cancellationToken: patience.Token))
            {
                again.Add(change);
                if (again.Count == expected.Count)
                {
                    break;
                }
            }

            Assert.Equal(told[0], again);
        }
        finally
        {
            await Task.WhenAll(clients.Select(c => c.DisposeAsync().AsTask()));
        }
    }

    [Fact]
    public async Task A_watch_that_begins_before_the_oldest_log_that_is_left_is_told_what_it_has_lost()
    {
        await using var ensemble = new Ensemble(1, "snapCount=200");
        await ensemble.StartAllAsync();
        await using var client = await GrainKeeperClient.ConnectAsync(ensemble.ClientOfAll());
        var began = (await client.CreateAsync("/w")).Stat.Czxid;
        var events = new List<WatchEvent>();
        await Until.TrueAsync(
            async () =>
            {
                await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => client.SetDataAsync("/w", new byte[1])));
                events.Clear();
                await using var watch = await client.AddWatchAsync("/w", WatchMode.Persistent, events.Add, fromZxid: began);
                await Until.TrueAsync(() => events.Count > 0, "an event is told", 60);
                return events[0].Type == WatchEventType.EventsLost;
            },
            "the log is purged",
            120);

        Assert.True(events[0].Zxid > began + 400, $"lost up to {events[0].Zxid}");
        var told = new TaskCompletionSource<WatchEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        await client.AddWatchAsync("/w", WatchMode.Persistent, told.SetResult, fromZxid: events[0].Position);
        var last = (await client.SetDataAsync("/w", new byte[2])).Mzxid;
        Assert.Equal((WatchEventType.NodeDataChanged, last), ((await told.Task.WaitAsync(Limit)).Type, (await told.Task).Zxid));
    }

    private static void AssertTold(List<(WatchEventType Type, string Path, long Zxid)> expected, List<WatchEvent> told)
    {
        Assert.Equal(told.Select(e => e.Zxid).Order(), told.Select(e => e.Zxid));
        Assert.Equal(told.Count, told.Select(e => e.Zxid).Distinct().Count());
        Assert.Equal(expected.Select(e => (e.Path, e.Type)).Order(), told.Select(e => (e.Path, e.Type)).Order());
        var zxids = told.Select(e => (e.Type, e.Path, e.Zxid)).ToHashSet();
        Assert.All(expected.Where(e => e.Zxid >= 0), e => Assert.Contains(e, zxids));
    }

    private static async Task MoreAsync(Ensemble ensemble, List<WatchedWriter> writers, int writes)
    {
        var goal = writers.Sum(w => w.Count) + writes;
        await Until.TrueAsync(
            () => writers.Exists(w => w.Failed) || writers.Sum(w => w.Count) >= goal, $"{writes} more writes are answered", 60, () => ensemble.Tails);
        foreach (var failed in writers.Where(w => w.Failed))
        {
            await failed.StopAsync();
        }
    }
}

using System.Globalization;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client.Tests;

/// <summary>Persistent watches that lose their connection, again and again, and no event.</summary>
public sealed class ResumedWatchTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly LoopbackReplica _replica = new(recentTxns: 20);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _replica.StopAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_event_is_told_once_and_in_order_however_often_connections_break(int seed)
    {
        var random = new Random(seed);
        await using var writer = await _replica.ConnectAsync(LoopbackReplica.Options("writer:9"));
        await using var watcher = await _replica.ConnectAsync();
        await using var slow = await _replica.ConnectAsync();
        await writer.CreateAsync("/w");
        var began = writer.LastZxid;
        var (told, children) = (new List<WatchEvent>(), new List<WatchEvent>());
        await watcher.AddWatchAsync("/w", WatchMode.PersistentRecursive, told.Add);
        await watcher.AddWatchAsync("/w", WatchMode.Persistent, children.Add);
        var reading = ReadAsync(slow.WatchAsync("/w", WatchMode.PersistentRecursive, capacity: 40, fromZxid: began), 900);

        var expected = new List<(WatchEventType, string, long)>();
        for (var i = 0; i < 300; i++)
        {
            if (random.Next(6) == 0)
            {
                _replica.BreakAll(port => port != 9);
            }

            var path = $"/w/{i}";
            var created = await writer.MultiAsync([new TreeOperation.Create(path, new byte[1]), new TreeOperation.SetData(path, new byte[2])]);
            var zxid = created.Results[0].Stat!.Value.Czxid;
            expected.Add((WatchEventType.NodeCreated, path, zxid));
            expected.Add((WatchEventType.NodeDataChanged, path, zxid));
            await writer.DeleteAsync(path);
            expected.Add((WatchEventType.NodeDeleted, path, writer.LastZxid));
        }

        await Waiting.UntilAsync(() => told.Count >= 900 && children.Count >= 600, $"all events, seed {seed}");
        Assert.Equal(expected, told.Select(e => (e.Type, e.Path, e.Zxid)));
        Assert.Equal(Enumerable.Repeat((WatchEventType.NodeChildrenChanged, "/w"), 600), children.Select(e => (e.Type, e.Path)));
        Assert.Equal(expected, (await reading.WaitAsync(Limit)).Select(e => (e.Type, e.Path, e.Zxid)));

        // And again for one that comes late, from the middle of a transaction on.
        var middle = told[450 + (450 % 3)];
        Assert.Equal(2, told.Count(e => e.Zxid == middle.Zxid));
        await using var late = await _replica.ConnectAsync();
        var rest = told.SkipWhile(e => e != middle).Skip(1).ToList();
        Assert.Equal(rest, await ReadAsync(late.WatchAsync("/w", WatchMode.PersistentRecursive, capacity: 1 + random.Next(20), fromZxid: middle.Position), rest.Count).WaitAsync(Limit));
    }

    [Fact]
    public async Task A_renewed_session_goes_on_where_the_old_one_ended()
    {
        var options = LoopbackReplica.Options() with { RenewSession = true, SessionTimeout = TimeSpan.FromSeconds(1) };
        await using var watcher = await _replica.ConnectAsync(options);
        await using var writer = await _replica.ConnectAsync(LoopbackReplica.Options("writer:9"));
        var told = new List<WatchEvent>();
        await watcher.AddWatchAsync("/", WatchMode.PersistentRecursive, told.Add);
        var session = watcher.SessionId;
        _replica.SwitchOff(1, 2, 3);
        var sessions = _replica.Status.Sessions;
        await writer.CreateAsync("/a");
        await Waiting.UntilAsync(() => _replica.Status.Sessions < sessions, "the end of the session");
        await writer.CreateAsync("/b");
        _replica.SwitchOn(1, 2, 3);

        await Waiting.UntilAsync(() => told.Count >= 2, "both events");
        Assert.NotEqual(session, watcher.SessionId);
        Assert.Equal(["/a", "/b"], told.Select(e => e.Path));
    }

    [Fact]
    public async Task When_the_log_does_not_go_back_far_enough_the_stream_says_so_and_goes_on()
    {
        await using var watcher = await _replica.ConnectAsync();
        await using var writer = await _replica.ConnectAsync(LoopbackReplica.Options("writer:9"));
        await using var events = watcher.WatchAsync("/", WatchMode.PersistentRecursive).GetAsyncEnumerator();
        var first = events.MoveNextAsync();
        await writer.CreateAsync("/first");
        Assert.True(await first.AsTask().WaitAsync(Limit));
        _replica.SwitchOff(1, 2, 3);
        for (var i = 0; i < 40; i++)
        {
            await writer.CreateAsync($"/missed{i}");
        }

        _replica.Purged = writer.LastZxid;
        _replica.SwitchOn(1, 2, 3);

        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(Limit));
        Assert.Equal((WatchEventType.EventsLost, "/"), (events.Current.Type, events.Current.Path));
        Assert.True(events.Current.Zxid >= _replica.Purged);
        await writer.CreateAsync("/last");
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(Limit));
        Assert.Equal((WatchEventType.NodeCreated, "/last"), (events.Current.Type, events.Current.Path));
    }

    [Fact]
    public async Task Watches_of_one_path_that_begin_at_different_places_each_hear_their_own()
    {
        await using var client = await _replica.ConnectAsync();
        var zxids = new List<long>();
        for (var i = 0; i < 60; i++)
        {
            zxids.Add((await client.CreateAsync(string.Create(CultureInfo.InvariantCulture, $"/n{i:d2}"))).Stat.Czxid);
        }

        var told = new List<WatchEvent>[] { [], [], [] };
        var watches = new List<IAsyncDisposable>
        {
            await client.AddWatchAsync("/", WatchMode.PersistentRecursive, told[0].Add, fromZxid: 0),
            await client.AddWatchAsync("/", WatchMode.PersistentRecursive, told[1].Add, fromZxid: zxids[50]),
            await client.AddWatchAsync("/", WatchMode.PersistentRecursive, told[2].Add),
        };
        await client.CreateAsync("/p");
        await Waiting.UntilAsync(() => told[0].Count(e => e.Path.StartsWith("/n", StringComparison.Ordinal)) == 60 && told.All(t => t.Exists(e => e.Path == "/p")), "all");
        Assert.Equal(10, told[1].Count);
        Assert.Equal("/p", Assert.Single(told[2]).Path);

        await watches[0].DisposeAsync();
        _replica.BreakAll();
        await client.CreateAsync("/q");
        await Waiting.UntilAsync(() => told[1].Count == 11 && told[2].Count == 2, "those that are left");
        Assert.DoesNotContain(told[0], e => e.Path == "/q");
        await watches[1].DisposeAsync();
        await watches[2].DisposeAsync();
        Assert.Equal(0, _replica.Status.Watches);
    }

    [Fact]
    public async Task A_position_that_cannot_be_is_refused()
    {
        await using var client = await _replica.ConnectAsync();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.AddWatchAsync("/", WatchMode.Persistent, _ => { }, fromZxid: -5));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.AddWatchAsync("/", WatchMode.Persistent, _ => { }, fromZxid: new WatchPosition(5, -1)));
        Assert.Equal(0, _replica.Status.Watches);
    }

    private static async Task<List<WatchEvent>> ReadAsync(IAsyncEnumerable<WatchEvent> events, int count)
    {
        var read = new List<WatchEvent>();
        await foreach (var change in events)
        {
            read.Add(change);
            if (read.Count == count)
            {
                break;
            }
        }

        return read;
    }
}

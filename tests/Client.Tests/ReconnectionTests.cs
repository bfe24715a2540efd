using System.Diagnostics;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client.Tests;

/// <summary>Lost connections, dead servers and ended sessions.</summary>
public sealed class ReconnectionTests : IAsyncLifetime
{
    private readonly LoopbackReplica _replica = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _replica.StopAsync();

    [Fact]
    public async Task Servers_are_tried_in_turn_until_one_answers()
    {
        _replica.SwitchOff(1, 3);
        await using var client = await _replica.ConnectAsync(LoopbackReplica.Options() with { AttemptTimeout = TimeSpan.FromSeconds(20) });
        Assert.Equal(2, client.Server);
        Assert.Equal(_replica.Dialled.Count, _replica.Dialled.Distinct().Count());
    }

    [Fact]
    public async Task Without_a_server_the_attempt_ends_and_says_why_for_each()
    {
        _replica.SwitchOff(1, 2, 3);
        var error = await Assert.ThrowsAsync<ConnectionLossException>(
            () => _replica.ConnectAsync(LoopbackReplica.Options() with { ConnectTimeout = TimeSpan.FromSeconds(3) }));
        Assert.Contains("one:1: switched off; three:3: switched off; two:2: switched off", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_outlives_an_attempt_that_fails_in_a_way_that_nobody_foresaw()
    {
        await using var client = await _replica.ConnectAsync(LoopbackReplica.Options("one:1"));
        var session = client.SessionId;
        _replica.DialFailure = () => new ArgumentException("a gateway that is just stopping lists no grains");
        _replica.BreakAll();
        var dialled = _replica.Dialled.Count;
        await Waiting.UntilAsync(() => _replica.Dialled.Count >= dialled + 2, "two failed attempts");
        _replica.DialFailure = null;
        await client.SyncAsync();
        Assert.Equal(session, client.SessionId);
    }

    [Fact]
    public async Task A_server_that_accepts_and_does_not_answer_is_given_up()
    {
        _replica.Mute = true;
        var options = LoopbackReplica.Options("one:1,two:2") with { AttemptTimeout = TimeSpan.FromMilliseconds(150) };
        var connecting = _replica.ConnectAsync(options);
        await Waiting.UntilAsync(() => _replica.Dialled.Count >= 3, "a third attempt");
        _replica.Mute = false;
        await using var client = await connecting;
        Assert.Equal(ClientState.Connected, client.State);
    }

    [Fact]
    public async Task The_session_goes_on_at_another_server()
    {
        var states = new List<ClientState>();
        await using var client = await _replica.ConnectAsync(LoopbackReplica.Options() with { StateChanged = states.Add });
        var (session, server) = (client.SessionId, client.Server);
        await client.CreateAsync("/e", mode: CreateMode.Ephemeral);

        _replica.SwitchOff(server);

        Assert.Equal(session, (await client.GetDataAsync("/e")).Stat.EphemeralOwner);
        Assert.Equal(session, client.SessionId);
        Assert.NotEqual(server, client.Server);
        await Waiting.UntilAsync(() => states.Count == 3, "three changes of state");
        Assert.Equal([ClientState.Connected, ClientState.Connecting, ClientState.Connected], states);
    }

    [Fact]
    public async Task When_no_answers_are_kept_a_write_whose_answer_is_missing_fails_and_reads_are_repeated()
    {
        _replica.KeptResults = 0;
        await using var client = await _replica.ConnectAsync();
        await client.CreateAsync("/n");
        _replica.Mute = true;
        var before = _replica.Requests;
        var write = client.SetDataAsync("/n", new byte[1]);
        var read = client.ExistsAsync("/n");
        await Waiting.UntilAsync(() => _replica.Requests >= before + 2, "both requests at the server");
        _replica.Mute = false;

        _replica.BreakAll();

        var error = await Assert.ThrowsAsync<ConnectionLossException>(() => write);
        Assert.True(error.IsOutcomeUnknown);
        Assert.Contains("may or may not", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await read)!.Value.Version);
    }

    [Fact]
    public async Task A_write_that_was_not_sent_waits_for_the_next_connection()
    {
        await using var client = await _replica.ConnectAsync();
        _replica.SwitchOff(1, 2, 3);
        await Waiting.UntilAsync(() => client.State == ClientState.Connecting, "the loss");
        var write = client.CreateAsync("/later");
        var dialled = _replica.Dialled.Count;
        await Waiting.UntilAsync(() => _replica.Dialled.Count >= dialled + 4, "each server tried in vain once more");
        Assert.False(write.IsCompleted);
        _replica.SwitchOn(2);
        Assert.Equal("/later", (await write).Path);
    }

    [Fact]
    public async Task A_request_does_not_wait_for_a_connection_for_ever()
    {
        await using var client = await _replica.ConnectAsync(LoopbackReplica.Options() with { QueueTimeout = TimeSpan.FromMilliseconds(300) });
        _replica.SwitchOff(1, 2, 3);
        await Waiting.UntilAsync(() => client.State == ClientState.Connecting, "the loss");
        var error = await Assert.ThrowsAsync<ConnectionLossException>(() => client.CreateAsync("/never").WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("was not sent", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_waiting_requests_are_refused()
    {
        await using var client = await _replica.ConnectAsync(LoopbackReplica.Options() with { MaxOutstanding = 3 });
        _replica.SwitchOff(1, 2, 3);
        await Waiting.UntilAsync(() => client.State == ClientState.Connecting, "the loss");
        var waiting = Enumerable.Range(0, 3).Select(_ => client.SyncAsync()).ToList();
        await Assert.ThrowsAsync<ThrottledException>(() => client.SyncAsync());
        _replica.SwitchOn(1);
        await Task.WhenAll(waiting);
        await client.SyncAsync();
    }

    [Fact]
    public async Task Watches_and_identities_are_set_again_and_what_was_missed_is_told()
    {
        await using var client = await _replica.ConnectAsync();
        await using var other = await _replica.ConnectAsync();
        await client.AddAuthAsync("digest", "anna:secret"u8.ToArray());
        await client.CreateAsync("/a");
        await client.CreateAsync("/b");
        var changed = new TaskCompletionSource<WatchEvent>();
        var created = new TaskCompletionSource<WatchEvent>();
        var children = new TaskCompletionSource<WatchEvent>();
        var persistent = new TaskCompletionSource<WatchEvent>();
        await client.GetDataAsync("/a", changed.SetResult);
        await client.ExistsAsync("/c", created.SetResult);
        await client.GetChildrenAsync("/b", children.SetResult);
        await client.AddWatchAsync("/later", WatchMode.Persistent, e => persistent.TrySetResult(e));

        _replica.SwitchOff(client.Server);
        _replica.SwitchOff(1, 2, 3);
        await Waiting.UntilAsync(() => client.State == ClientState.Connecting && other.State == ClientState.Connecting, "the loss");
        _replica.SwitchOn(1, 2, 3);
        await other.SetDataAsync("/a", default);
        await other.CreateAsync("/c");
        await other.CreateAsync("/b/x");
        await client.SyncAsync();
        await other.CreateAsync("/later");

        var limit = TimeSpan.FromSeconds(30);
        Assert.Equal(WatchEventType.NodeDataChanged, (await changed.Task.WaitAsync(limit)).Type);
        Assert.Equal(WatchEventType.NodeCreated, (await created.Task.WaitAsync(limit)).Type);
        Assert.Equal(WatchEventType.NodeChildrenChanged, (await children.Task.WaitAsync(limit)).Type);
        Assert.Equal(WatchEventType.NodeCreated, (await persistent.Task.WaitAsync(limit)).Type);
        Assert.Contains(new ClientIdentity("digest", "anna"), await client.WhoAmIAsync());
    }

    [Fact]
    public async Task Thousands_of_watches_are_set_again_in_several_requests()
    {
        await using var client = await _replica.ConnectAsync();
        var fired = 0;
        var path = new string('p', 200);
        for (var i = 0; i < 2_000; i++)
        {
            await client.ExistsAsync($"/{path}{i}", _ => Interlocked.Increment(ref fired));
        }

        _replica.BreakAll();
        await client.SyncAsync();
        await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i => client.CreateAsync($"/{path}{i}")));
        await Waiting.UntilAsync(() => Volatile.Read(ref fired) == 2_000, "2,000 events");
    }

    [Fact]
    public async Task A_silent_connection_is_given_up_within_the_session_timeout()
    {
        await using var client = await _replica.ConnectAsync(LoopbackReplica.Options() with { SessionTimeout = TimeSpan.FromSeconds(6) });
        var session = client.SessionId;
        _replica.Mute = true;
        await Waiting.UntilAsync(() => client.State == ClientState.Connecting, "the loss");
        _replica.Mute = false;
        await Waiting.UntilAsync(() => client.State == ClientState.Connected, "another connection");
        Assert.Equal(session, client.SessionId);
    }

    [Fact]
    public async Task An_idle_session_is_kept_by_pings()
    {
        await using var client = await _replica.ConnectAsync(LoopbackReplica.Options() with { SessionTimeout = TimeSpan.FromSeconds(3) });
        await client.CreateAsync("/e", mode: CreateMode.Ephemeral);
        var (dialled, begun) = (_replica.Dialled.Count, Stopwatch.GetTimestamp());

        // A ping goes out after a quarter of the timeout: ten of them are more time than the session has without.
        var pings = _replica.Pings;
        await Waiting.UntilAsync(() => _replica.Pings >= pings + 10, "ten pings");
        Assert.True(Stopwatch.GetElapsedTime(begun) > 2 * client.SessionTimeout);
        Assert.Equal(client.SessionId, (await client.GetDataAsync("/e")).Stat.EphemeralOwner);
        Assert.Equal(dialled, _replica.Dialled.Count);
    }

    [Fact]
    public async Task An_expired_session_fails_everything_at_once()
    {
        await using var client = await _replica.ConnectAsync(LoopbackReplica.Options() with { SessionTimeout = TimeSpan.FromSeconds(1) });
        await client.CreateAsync("/e", mode: CreateMode.Ephemeral);
        _replica.SwitchOff(1, 2, 3);
        var waiting = client.SyncAsync();
        await Waiting.UntilAsync(() => _replica.Status.Sessions == 0, "the end of the session");
        _replica.SwitchOn(1, 2, 3);

        await Assert.ThrowsAsync<SessionExpiredException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(ClientState.Expired, client.State);
        await Assert.ThrowsAsync<SessionExpiredException>(() => client.SyncAsync());
        await using var next = await _replica.ConnectAsync();
        Assert.Null(await next.ExistsAsync("/e"));
    }

    [Fact]
    public async Task Disposing_ends_the_session_and_its_ephemeral_nodes()
    {
        var client = await _replica.ConnectAsync(LoopbackReplica.Options() with { AttemptTimeout = TimeSpan.FromSeconds(20) });
        await client.CreateAsync("/e", mode: CreateMode.Ephemeral);
        await client.DisposeAsync();
        await client.DisposeAsync();
        Assert.Equal(ClientState.Closed, client.State);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.SyncAsync());
        await using var next = await _replica.ConnectAsync();
        Assert.Null(await next.ExistsAsync("/e"));
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_others_in_step()
    {
        await using var client = await _replica.ConnectAsync();
        using var cancel = new CancellationTokenSource();
        _replica.Mute = true;
        var before = _replica.Requests;
        var cancelled = client.CreateAsync("/one", cancellationToken: cancel.Token);
        await Waiting.UntilAsync(() => _replica.Requests > before, "the request at the server");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        _replica.Mute = false;
        _replica.BreakAll();
        Assert.NotNull(await client.ExistsAsync("/one"));
        Assert.Equal("/two", (await client.CreateAsync("/two")).Path);
    }

    [Fact]
    public async Task A_callback_that_throws_or_blocks_does_not_harm_the_session()
    {
        var faults = new List<Exception>();
        await using var client = await _replica.ConnectAsync(LoopbackReplica.Options() with { CallbackFailed = faults.Add });
        using var gate = new ManualResetEventSlim();
        await client.CreateAsync("/a");
        await client.ExistsAsync("/a", _ => throw new InvalidOperationException("mine"));
        await client.GetChildrenAsync("/", _ => gate.Wait());
        await client.SetDataAsync("/a", default);
        await client.CreateAsync("/b");
        Assert.Equal(0, (await client.GetDataAsync("/b")).Data.Length);
        gate.Set();
        await Waiting.UntilAsync(() => faults.Count == 1, "the fault");
        Assert.Equal("mine", faults[0].Message);
    }

    [Fact]
    public async Task When_callbacks_cannot_keep_up_the_connection_is_given_up_and_not_memory()
    {
        await using var client = await _replica.ConnectAsync(LoopbackReplica.Options() with { MaxPendingEvents = 10 });
        await using var writer = await _replica.ConnectAsync();
        using var gate = new ManualResetEventSlim();
        await client.AddWatchAsync("/n", WatchMode.Persistent, _ => gate.Wait());
        var session = client.SessionId;
        var dialled = _replica.Dialled.Count;
        await writer.CreateAsync("/n");
        for (var i = 0; i < 30; i++)
        {
            await writer.SetDataAsync("/n", default);
        }

        await Waiting.UntilAsync(() => _replica.Dialled.Count > dialled, "another connection");
        gate.Set();
        await client.SyncAsync();
        Assert.Equal(session, client.SessionId);
    }

    [Fact]
    public async Task Under_many_losses_without_answers_kept_every_write_is_either_done_once_or_reported_lost()
    {
        _replica.KeptResults = 0;
        var random = new Random(5);
        await using var client = await _replica.ConnectAsync();
        await client.CreateAsync("/list");
        using var stop = new CancellationTokenSource();
        var breaker = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                // After so many more frames, those of reconnecting included.
                var next = _replica.Requests + random.Next(3, 12);
                await Waiting.UntilAsync(() => _replica.Requests >= next || stop.IsCancellationRequested, "more requests");
                _replica.BreakAll();
            }
        });
        var (done, lost) = (new HashSet<string>(), 0);
        for (var i = 0; i < 400; i++)
        {
            try
            {
                done.Add((await client.CreateAsync($"/list/{i}").WaitAsync(TimeSpan.FromSeconds(30))).Path[6..]);
            }
            catch (ConnectionLossException)
            {
                lost++;
            }
        }

        await stop.CancelAsync();
        await breaker;
        var there = (await client.GetChildrenAsync("/list")).Names;
        Assert.Empty(done.Except(there));
        Assert.InRange(there.Count, done.Count, done.Count + lost);
    }
}

using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Tests;

/// <summary>Writes whose answer is missing: sent again, done once, answered with the first answer; or unknown, when the session is gone.</summary>
public sealed class RepeatTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly LoopbackReplica _replica = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _replica.StopAsync();

    [Fact]
    public async Task A_write_whose_answer_is_missing_is_sent_again_and_its_caller_gets_the_first_answer()
    {
        await using var client = await _replica.ConnectAsync();
        await client.CreateAsync("/n");
        _replica.Mute = true;
        var before = _replica.Requests;
        var node = client.CreateAsync("/s-", mode: CreateMode.EphemeralSequential);
        var set = client.SetDataAsync("/n", new byte[1]);
        var conditional = client.SetDataAsync("/n", new byte[2], version: 1);
        var failed = client.DeleteAsync("/n", version: 1);
        var multi = client.MultiAsync([new TreeOperation.SetData("/n", new byte[3]), new TreeOperation.Delete("/none")]);
        var read = client.GetDataAsync("/n");
        await Waiting.UntilAsync(() => _replica.Requests >= before + 6, "all requests at the server");
        _replica.BreakAll();
        await Waiting.UntilAsync(() => _replica.Requests >= before + 12, "all requests at the server again");
        _replica.Mute = false;
        _replica.BreakAll();

        Assert.Equal("/s-0000000001", (await node.WaitAsync(Limit)).Path);
        Assert.Equal((1, 2), ((await set).Version, (await conditional).Version));
        await Assert.ThrowsAsync<BadVersionException>(() => failed);
        Assert.False((await multi).Succeeded);
        Assert.Equal((2, 2), ((await read).Stat.Version, (await read).Data.Length));
        Assert.Equal(["n", "s-0000000001", "zookeeper"], (await client.GetChildrenAsync("/")).Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Only_when_the_session_is_gone_a_write_that_was_sent_is_unknown()
    {
        await using var client = await _replica.ConnectAsync(LoopbackReplica.Options() with { SessionTimeout = TimeSpan.FromSeconds(1) });
        await client.CreateAsync("/n");
        var seen = client.LastZxid;
        _replica.Mute = true;
        var before = _replica.Requests;
        var sent = client.SetDataAsync("/n", new byte[1]);
        await Waiting.UntilAsync(() => _replica.Requests > before, "the request at the server");
        _replica.SwitchOff(1, 2, 3);
        await Waiting.UntilAsync(() => client.State == ClientState.Connecting, "the loss");
        var notSent = client.SetDataAsync("/n", new byte[2]);
        var read = client.ExistsAsync("/n");
        await Waiting.UntilAsync(() => _replica.Status.Sessions == 0, "the end of the session");
        _replica.Mute = false;
        _replica.SwitchOn(1, 2, 3);

        var unknown = await Assert.ThrowsAsync<OutcomeUnknownException>(() => sent.WaitAsync(Limit));
        Assert.Equal((client.SessionId, 2, OpCode.SetData, "/n", seen), (unknown.SessionId, unknown.RequestNumber, unknown.Operation, unknown.Path, unknown.LastZxid));
        Assert.True(unknown.IsOutcomeUnknown);
        Assert.IsType<SessionExpiredException>(unknown.InnerException);
        Assert.False((await Assert.ThrowsAsync<SessionExpiredException>(() => notSent)).IsOutcomeUnknown);
        await Assert.ThrowsAsync<SessionExpiredException>(() => read);

        // What the caller can find out by it: it was carried out.
        await using var next = await _replica.ConnectAsync();
        Assert.True((await next.ExistsAsync("/n"))!.Value.Mzxid > unknown.LastZxid);
    }

    [Fact]
    public async Task A_client_has_no_more_writes_under_way_than_answers_are_kept()
    {
        await using var client = await _replica.ConnectAsync(LoopbackReplica.Options() with { MaxWritesInFlight = 3 });
        await client.CreateAsync("/n");
        _replica.Mute = true;
        var before = _replica.Requests;
        var writes = Enumerable.Range(0, 10).Select(_ => client.SetDataAsync("/n", default)).ToList();
        await Waiting.UntilAsync(() => _replica.Requests >= before + 3, "three writes at the server");
        var pings = _replica.Pings;
        await Waiting.UntilAsync(() => _replica.Pings > pings, "a ping after them");
        Assert.Equal(before + 3, _replica.Requests);
        _replica.Mute = false;
        _replica.BreakAll();
        Assert.Equal(Enumerable.Range(1, 10), (await Task.WhenAll(writes).WaitAsync(Limit)).Select(s => s.Version));
    }

    [Fact]
    public async Task A_cancelled_write_is_sent_only_if_it_was_sent_before()
    {
        await using var client = await _replica.ConnectAsync();
        using var cancel = new CancellationTokenSource();
        _replica.Mute = true;
        var before = _replica.Requests;
        var sent = client.CreateAsync("/sent", cancellationToken: cancel.Token);
        await Waiting.UntilAsync(() => _replica.Requests > before, "the request at the server");
        _replica.SwitchOff(1, 2, 3);
        await Waiting.UntilAsync(() => client.State == ClientState.Connecting, "the loss");
        var notSent = client.CreateAsync("/not-sent", cancellationToken: cancel.Token);
        var last = client.CreateAsync("/last");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sent);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => notSent);
        _replica.Mute = false;
        _replica.SwitchOn(1, 2, 3);
        await last.WaitAsync(Limit);
        Assert.Equal(["last", "sent", "zookeeper"], (await client.GetChildrenAsync("/")).Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_caller_waits_no_longer_than_allowed_but_what_was_sent_is_sent_again()
    {
        await using var client = await _replica.ConnectAsync(LoopbackReplica.Options() with { QueueTimeout = TimeSpan.FromMilliseconds(300), SessionTimeout = TimeSpan.FromSeconds(20) });
        await client.CreateAsync("/n");

        // It never arrives.
        _replica.OnFrames = _ => false;
        var write = client.SetDataAsync("/n", default);
        await Waiting.UntilAsync(() => client.State == ClientState.Connecting, "the loss");
        _replica.SwitchOff(1, 2, 3);
        _replica.OnFrames = null;
        var error = await Assert.ThrowsAsync<OperationTimeoutException>(() => write.WaitAsync(Limit));
        Assert.True(error.IsOutcomeUnknown);
        Assert.Contains("is sent again once a server accepts the session", error.Message, StringComparison.Ordinal);
        _replica.SwitchOn(1, 2, 3);
        await Waiting.UntilAsync(() => client.State == ClientState.Connected, "another connection");
        Assert.Equal(1, (await client.GetDataAsync("/n")).Stat.Version);
    }

    [Fact]
    public async Task A_session_of_which_every_connection_breaks_is_given_up()
    {
        await using var client = await _replica.ConnectAsync(LoopbackReplica.Options() with { QueueTimeout = TimeSpan.FromMilliseconds(500), SessionTimeout = TimeSpan.FromSeconds(20) });
        await client.CreateAsync("/n");
        _replica.OnFrames = batch => batch.Length < 5_000;
        var from = Stopwatch.GetTimestamp();
        await Assert.ThrowsAsync<OperationTimeoutException>(() => client.SetDataAsync("/n", new byte[10_000]).WaitAsync(Limit));
        await Waiting.UntilAsync(() => client.State == ClientState.Closed, "the session given up");
        var error = await Assert.ThrowsAsync<ConnectionLossException>(() => client.SyncAsync());
        Assert.Contains("jute.maxbuffer", error.Message, StringComparison.Ordinal);
        Assert.InRange(_replica.Dialled.Count, 10, 20);
        Assert.InRange(Stopwatch.GetElapsedTime(from).TotalSeconds, 1, 10);
    }

    // Of ten batches with requests one is lost with its server's connection, and of another one the answers.
    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Of_writes_whose_server_is_lost_five_hundred_times_each_is_done_once_and_in_order(int seed)
    {
        const int Losses = 500;
        var random = new Random(seed);
        await using var client = await _replica.ConnectAsync();
        await client.CreateAsync("/list");
        var (lost, unanswered) = (0, 0);
        _replica.OnFrames = batch =>
        {
            var fate = XidOf(batch) > 0 ? random.Next(10) : 10;
            lost += fate == 0 ? 1 : 0;
            unanswered += fate == 1 ? 1 : 0;
            _replica.Mute = fate == 1;
            return fate != 0;
        };
        _replica.OnTaken = _ =>
        {
            var arrives = !_replica.Mute;
            _replica.Mute = false;
            return arrives;
        };
        var calls = new List<Task<CreatedNode>>();
        while (Volatile.Read(ref lost) + Volatile.Read(ref unanswered) < Losses)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"/list/{calls.Count}-");
            calls.Add(client.CreateAsync(name, mode: CreateMode.PersistentSequential));
            if (calls.Count % 20 == 0)
            {
                await Task.WhenAll(calls.TakeLast(40).Take(20)).WaitAsync(Limit);
            }
        }

        await Task.WhenAll(calls).WaitAsync(Limit);
        _replica.OnFrames = _replica.OnTaken = null;
        Assert.InRange(unanswered, Losses / 3, Losses);
        for (var i = 0; i < calls.Count; i++)
        {
            Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"/list/{i}-{i:d10}"), (await calls[i]).Path);
        }

        Assert.Equal(calls.Count, (await client.GetChildrenAsync("/list")).Names.Count);
    }

    // Behind the length of the first frame. Greetings and handshakes have none that is positive.
    private static int XidOf(byte[] batch) => batch.Length > 12 ? BinaryPrimitives.ReadInt32BigEndian(batch.AsSpan(4)) : 0;
}

using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client.Tests;

/// <summary>A client whose session is renewed, its events as a stream, and credentials given beforehand.</summary>
public sealed class RenewalTests : IAsyncLifetime
{
    private readonly LoopbackReplica _replica = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _replica.StopAsync();

    [Fact]
    public async Task A_renewed_session_goes_on_with_watches_and_without_ephemeral_nodes()
    {
        var states = new List<ClientState>();
        await using var client = await _replica.ConnectAsync(
            LoopbackReplica.Options("one:1") with { SessionTimeout = TimeSpan.FromSeconds(1), RenewSession = true, StateChanged = states.Add });
        await using var other = await _replica.ConnectAsync(LoopbackReplica.Options("two:2"));
        var session = client.SessionId;
        await client.CreateAsync("/e", mode: CreateMode.Ephemeral);
        await client.CreateAsync("/watched");
        var heard = new TaskCompletionSource<WatchEvent>();
        await client.GetDataAsync("/watched", heard.SetResult);
        _replica.SwitchOff(1);
        var waiting = client.SyncAsync();
        await Waiting.UntilAsync(() => _replica.Status.Sessions == 1, "the end of the session");
        await other.SetDataAsync("/watched", new byte[1]);
        _replica.SwitchOn(1);

        await Assert.ThrowsAsync<SessionExpiredException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Null(await client.ExistsAsync("/e"));
        Assert.NotEqual(session, client.SessionId);
        Assert.Equal(WatchEventType.NodeDataChanged, (await heard.Task.WaitAsync(TimeSpan.FromSeconds(30))).Type);
        await client.CreateAsync("/e", mode: CreateMode.Ephemeral);
        await Waiting.UntilAsync(() => states.ToArray() is var now && now.IndexOf(ClientState.Expired) is >= 0 and var end && now.Length >= end + 3, "the changes of state");
        Assert.Equal([ClientState.Expired, ClientState.Connecting, ClientState.Connected], states.SkipWhile(s => s != ClientState.Expired).Take(3));
    }

    [Fact]
    public async Task Events_are_read_in_order_and_the_stream_ends_with_the_session()
    {
        var client = await _replica.ConnectAsync();
        await client.CreateAsync("/s");
        var read = new List<string>();
        var reading = Task.Run(async () =>
        {
            await foreach (var change in client.WatchAsync("/s", WatchMode.PersistentRecursive))
            {
                lock (read)
                {
                    read.Add($"{change.Type} {change.Path}");
                }
            }
        });
        await Waiting.UntilAsync(() => _replica.Status.Watches == 1, "the watch");
        for (var i = 0; i < 20; i++)
        {
            await client.CreateAsync($"/s/{i}");
        }

        await Waiting.UntilAsync(() => Count(read) == 20, "all events");
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"NodeCreated /s/{i}"), read);
        await client.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_reader_that_is_too_slow_is_told_so_and_one_that_stops_removes_its_watch()
    {
        await using var client = await _replica.ConnectAsync();
        await client.CreateAsync("/s");
        await using (var events = client.WatchAsync("/s", WatchMode.Persistent, capacity: 2).GetAsyncEnumerator())
        {
            var next = events.MoveNextAsync().AsTask();
            await Waiting.UntilAsync(() => _replica.Status.Watches == 1, "the watch");
            for (var i = 0; i < 10; i++)
            {
                await client.SetDataAsync("/s", new byte[i]);
            }

            Assert.True(await next);
            await client.SyncAsync();
            var error = await Assert.ThrowsAsync<ThrottledException>(async () =>
            {
                while (await events.MoveNextAsync())
                {
                }
            });
            Assert.Contains("2 watch events of /s wait to be read", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, _replica.Status.Watches);
    }

    [Fact]
    public async Task Credentials_of_the_options_are_proven_before_anything_else_and_do_not_show()
    {
        var options = LoopbackReplica.Options() with { Credentials = [ClientCredentials.Parse("digest:alice:secret")] };
        Assert.DoesNotContain("secret", options.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", options.Credentials[0].ToString(), StringComparison.Ordinal);
        await using var client = await _replica.ConnectAsync(options);
        Assert.Contains(await client.WhoAmIAsync(), i => i.Scheme == "digest");
        Assert.DoesNotContain("scheme-less", Assert.Throws<FormatException>(() => ClientCredentials.Parse("scheme-less")).Message, StringComparison.Ordinal);
    }

    private static int Count(List<string> read)
    {
        lock (read)
        {
            return read.Count;
        }
    }
}

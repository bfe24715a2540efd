using System.Text;
using GrainKeeper.Client.Recipes;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Tests.Recipes;

/// <summary>Elections, barriers, queues, counters and the directory of services.</summary>
public sealed class CoordinationTests : RecipeTest
{
    [Fact]
    public async Task The_longest_standing_candidate_leads_and_observers_hear_of_each_change()
    {
        var clients = await ConnectAsync(3);
        var elections = clients.Select(c => new LeaderElection(c, "/election")).ToArray();
        using var stop = new CancellationTokenSource();
        var heard = new List<string>();
        var observing = Task.Run(async () =>
        {
            await foreach (var leader in elections[2].ObserveAsync(stop.Token))
            {
                lock (heard)
                {
                    heard.Add(leader is { } name ? Encoding.UTF8.GetString(name.Span) : "nobody");
                }
            }
        });
        await Waiting.UntilAsync(() => Heard(heard) == "nobody", "the observer to begin");
        var first = await elections[0].CampaignAsync("first"u8.ToArray());
        await Waiting.UntilAsync(() => Heard(heard) == "nobody,first", "the first leader");
        using var step = new SemaphoreSlim(0);
        var led = 0;
        using var retire = new CancellationTokenSource();
        var second = elections[1].RunAsync(
            "second"u8.ToArray(),
            async (leadership, token) =>
            {
                Assert.True(leadership.FencingToken > first.FencingToken);
                led++;
                await step.WaitAsync(token);
            },
            retire.Token);
        await Waiting.UntilAsync(() => Replica.Status.Ephemerals == 2, "the second candidate");
        Assert.Equal("first", Encoding.UTF8.GetString((await elections[2].GetLeaderAsync())!.Value.Span));
        await first.DisposeAsync();
        await Waiting.UntilAsync(() => Heard(heard) == "nobody,first,second", "the second leader");
        step.Release();
        await Waiting.UntilAsync(() => Volatile.Read(ref led) == 2, "its next leadership");
        await retire.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await Waiting.UntilAsync(() => Replica.Status.Ephemerals == 0, "the candidate to be gone");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => observing);
    }

    [Fact]
    public async Task A_barrier_holds_until_it_is_opened()
    {
        var clients = await ConnectAsync(2);
        var barrier = new DistributedBarrier(clients[0], "/b/one");
        await SoonAsync(barrier.WaitAsync());
        await barrier.CloseAsync();
        await barrier.CloseAsync();
        var waiting = new DistributedBarrier(clients[1], "/b/one").WaitAsync();
        await Waiting.UntilAsync(() => Replica.Status.Watches == 1, "somebody to wait");
        Assert.False(waiting.IsCompleted);
        await barrier.OpenAsync();
        await barrier.OpenAsync();
        await SoonAsync(waiting);
    }

    [Fact]
    public async Task Members_of_a_double_barrier_begin_and_end_together()
    {
        var clients = await ConnectAsync(4);
        var (entered, left) = (0, 0);
        var members = clients.Select(c => new DistributedDoubleBarrier(c, "/double", 4)).ToArray();
        async Task TakePartAsync(DistributedDoubleBarrier member)
        {
            await SoonAsync(member.EnterAsync());
            Interlocked.Increment(ref entered);
            await SoonAsync(member.LeaveAsync());
            Interlocked.Increment(ref left);
        }

        var early = members.Take(3).Select(TakePartAsync).ToList();
        await Waiting.UntilAsync(() => Replica.Status.Ephemerals == 3, "three members");
        await clients[0].SyncAsync();
        Assert.Equal(0, Volatile.Read(ref entered));
        await SoonAsync(members[3].EnterAsync());
        await Waiting.UntilAsync(() => Volatile.Read(ref entered) == 3, "all to have entered");
        Assert.Equal(0, Volatile.Read(ref left));
        await SoonAsync(members[3].LeaveAsync());
        await SoonAsync(Task.WhenAll(early));
        Assert.Empty((await clients[0].GetChildrenAsync("/double/members")).Names);
        Assert.Null(await clients[0].ExistsAsync("/double/ready"));
    }

    [Fact]
    public async Task Each_item_of_a_queue_goes_to_one_taker_in_order()
    {
        var clients = await ConnectAsync(4);
        var taken = new List<string>();
        var takers = clients.Select(async client =>
        {
            var queue = new DistributedQueue(client, "/queue");
            for (var i = 0; i < 8; i++)
            {
                var item = await SoonAsync(queue.DequeueAsync());
                lock (taken)
                {
                    taken.Add(Encoding.UTF8.GetString(item.Span));
                }
            }
        }).ToList();
        var filling = new DistributedQueue(clients[0], "/queue");
        for (var i = 0; i < 32; i++)
        {
            await filling.EnqueueAsync(Encoding.UTF8.GetBytes($"{i:00}"));
        }

        await SoonAsync(Task.WhenAll(takers));
        Assert.Equal(32, taken.Distinct().Count());
        Assert.Empty((await clients[0].GetChildrenAsync("/queue/items")).Names);
    }

    [Fact]
    public async Task An_item_whose_processing_fails_stays_for_the_next()
    {
        var clients = await ConnectAsync(2);
        var queue = new DistributedQueue(clients[0], "/queue");
        await queue.EnqueueAsync("precious"u8.ToArray());
        await Assert.ThrowsAsync<FormatException>(() => queue.ProcessAsync((_, _) => throw new FormatException("not today")));
        ReadOnlyMemory<byte> seen = default;
        await SoonAsync(new DistributedQueue(clients[1], "/queue").ProcessAsync((item, _) =>
        {
            seen = item;
            return Task.CompletedTask;
        }));
        Assert.Equal("precious", Encoding.UTF8.GetString(seen.Span));
        Assert.Empty((await clients[0].GetChildrenAsync("/queue/items")).Names);
    }

    [Fact]
    public async Task A_counter_counts_each_addition_once()
    {
        var clients = await ConnectAsync(5);
        var sums = await Task.WhenAll(clients.Select(async client =>
        {
            var own = new List<long>();
            var counter = new DistributedCounter(client, "/count/here");
            for (var i = 0; i < 10; i++)
            {
                own.Add(await SoonAsync(counter.AddAsync()));
            }

            return own;
        }));
        Assert.Equal(Enumerable.Range(1, 50).Select(i => (long)i), sums.SelectMany(s => s).Order());
        await clients[0].SyncAsync();
        Assert.Equal(50, await new DistributedCounter(clients[0], "/count/here").GetAsync());
        Assert.Equal(0, await new DistributedCounter(clients[0], "/other").GetAsync());
        Assert.Equal(-7, await new DistributedCounter(clients[0], "/other").AddAsync(-7));
        await Assert.ThrowsAsync<OverflowException>(() => new DistributedCounter(clients[0], "/other").AddAsync(long.MinValue));
    }

    [Fact]
    public async Task Services_are_found_observed_and_registered_anew_after_the_end_of_their_session()
    {
        var renewing = await ConnectAsync(LoopbackReplica.Options("one:1") with { SessionTimeout = TimeSpan.FromSeconds(1), RenewSession = true });
        var watcher = await ConnectAsync(LoopbackReplica.Options("two:2"));
        var directory = new ServiceDirectory(watcher, "/services");
        using var stop = new CancellationTokenSource();
        using var stopObserving = new CancellationTokenSource();
        var heard = new List<string>();
        var observing = Task.Run(async () =>
        {
            await foreach (var instances in directory.ObserveAsync("web", stopObserving.Token))
            {
                lock (heard)
                {
                    heard.Add(string.Join('+', instances.Select(i => $"{i.Id}={Encoding.UTF8.GetString(i.Data.Span)}")));
                }
            }
        });
        await Waiting.UntilAsync(() => Heard(heard) == "", "nobody at first");
        var running = new ServiceDirectory(renewing, "/services").RunAsync("web", new ServiceInstance("a", "host:1"u8.ToArray()), stop.Token);
        await Waiting.UntilAsync(() => Heard(heard).EndsWith("a=host:1", StringComparison.Ordinal), "the instance");
        var session = renewing.SessionId;

        Replica.SwitchOff(1);
        await Waiting.UntilAsync(() => Replica.Status.Ephemerals == 0, "the session's end");
        await Waiting.UntilAsync(() => Heard(heard).EndsWith(','), "the instance's end");
        Replica.SwitchOn(1);

        await Waiting.UntilAsync(() => Heard(heard).EndsWith("a=host:1", StringComparison.Ordinal), "the instance again");
        Assert.NotEqual(session, renewing.SessionId);
        await stop.CancelAsync();
        await SoonAsync(running);
        Assert.Empty(await new ServiceDirectory(renewing, "/services").FindAsync("web"));
        await stopObserving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => observing);
    }

    private static string Heard(List<string> heard)
    {
        lock (heard)
        {
            return string.Join(',', heard);
        }
    }
}

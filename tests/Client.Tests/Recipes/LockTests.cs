using System.Text.RegularExpressions;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Recipes;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Tests.Recipes;

public sealed partial class LockTests : RecipeTest
{
    [Fact]
    public async Task One_client_holds_the_lock_at_a_time_with_rising_tokens()
    {
        var (inside, most, tokens) = (0, 0, new List<long>());
        await Task.WhenAll((await ConnectAsync(6)).Select(async client =>
        {
            var mutex = new DistributedLock(client, "/locks/a");
            for (var i = 0; i < 5; i++)
            {
                await using var held = await SoonAsync(mutex.AcquireAsync());
                most = Math.Max(most, Interlocked.Increment(ref inside));
                tokens.Add(held.FencingToken);
                await client.SyncAsync();
                Assert.False(held.Lost.IsCancellationRequested);
                Interlocked.Decrement(ref inside);
            }
        }));
        Assert.Equal(1, most);
        Assert.Equal(30, tokens.Count);
        Assert.Equal(tokens.Order(), tokens);
        Assert.Equal(30, tokens.Distinct().Count());
    }

    [Fact]
    public async Task Each_waiter_watches_the_one_before_it_alone_under_names_that_Curator_has_too()
    {
        var clients = await ConnectAsync(5);
        var held = await new DistributedLock(clients[0], "/l").AcquireAsync();
        var waiting = new List<Task<Holding>>();
        foreach (var client in clients.Skip(1))
        {
            waiting.Add(new DistributedLock(client, "/l").AcquireAsync("me"u8.ToArray()));
            await Waiting.UntilAsync(() => Replica.Status.Watches == waiting.Count + 1, "a watch for the one before");
        }

        var names = (await clients[0].GetChildrenAsync("/l")).Names;
        Assert.All(names, n => Assert.Matches(CuratorName(), n));
        await held.DisposeAsync();
        for (var i = 0; i < waiting.Count; i++)
        {
            var holding = await SoonAsync(waiting[i]);
            await clients[0].SyncAsync();
            Assert.Equal(i + 1, waiting.Count(w => w.IsCompleted));
            await holding.DisposeAsync();
        }

        Assert.Empty((await clients[0].GetChildrenAsync("/l")).Names);
    }

    [Fact]
    public async Task A_wait_that_is_given_up_leaves_no_place_behind()
    {
        var clients = await ConnectAsync(3);
        await using var held = await new DistributedLock(clients[0], "/l").AcquireAsync();
        Assert.Null(await new DistributedLock(clients[1], "/l").TryAcquireAsync(TimeSpan.Zero));
        using var cancel = new CancellationTokenSource();
        var waiting = new DistributedLock(clients[2], "/l").AcquireAsync(cancellationToken: cancel.Token);
        await Waiting.UntilAsync(() => Replica.Status.Ephemerals == 2, "the place in the queue");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Waiting.UntilAsync(() => Replica.Status.Ephemerals == 1, "the place to be given back");
        Assert.False(held.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_wait_is_given_up_at_once_although_no_server_can_be_told()
    {
        var clients = await ConnectAsync(2);
        await using var held = await new DistributedLock(clients[0], "/l").AcquireAsync();
        using var cancel = new CancellationTokenSource();
        var waiting = new DistributedLock(clients[1], "/l").AcquireAsync(cancellationToken: cancel.Token);
        await Waiting.UntilAsync(() => Replica.Status.Watches == 2, "the wait for the one before");
        Replica.SwitchOff(1, 2, 3);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(15)));
        Replica.SwitchOn(1, 2, 3);
        await Waiting.UntilAsync(() => Replica.Status.Ephemerals == 1, "the place to be given back");
    }

    [Fact]
    public async Task A_place_whose_creation_was_not_answered_while_no_server_was_there_is_given_back_when_it_is_found()
    {
        var client = await ConnectAsync(LoopbackReplica.Options() with { SessionTimeout = TimeSpan.FromSeconds(30), QueueTimeout = TimeSpan.FromMilliseconds(300) });
        await client.CreateAsync("/l");
        Replica.Mute = true;
        var waiting = new DistributedLock(client, "/l").AcquireAsync();
        await Waiting.UntilAsync(() => Replica.Status.Ephemerals == 1, "the place in the queue");
        Replica.SwitchOff(1, 2, 3);
        Assert.True((await Assert.ThrowsAnyAsync<GrainKeeperException>(() => SoonAsync(waiting))).IsOutcomeUnknown);
        Replica.Mute = false;
        Replica.SwitchOn(1, 2, 3);
        await Waiting.UntilAsync(() => Replica.Status.Ephemerals == 0, "the place to be given back");
        await using var held = await SoonAsync(new DistributedLock(client, "/l").AcquireAsync());
    }

    [Fact]
    public async Task A_lock_whose_session_ends_is_lost_and_goes_to_the_next()
    {
        var dying = await ConnectAsync(LoopbackReplica.Options("one:1") with { SessionTimeout = TimeSpan.FromSeconds(3) });
        var next = await ConnectAsync(LoopbackReplica.Options("two:2"));
        await using var held = await new DistributedLock(dying, "/l").AcquireAsync();
        var waiting = new DistributedLock(next, "/l").AcquireAsync();
        Replica.SwitchOff(1);

        await using var taken = await SoonAsync(waiting);
        Assert.True(held.Lost.IsCancellationRequested, "the old holder knew before the new one had it");
        Assert.True(taken.FencingToken > held.FencingToken);
        Replica.SwitchOn(1);
    }

    [Fact]
    public async Task A_lock_is_taken_for_lost_when_no_server_was_heard_for_long_although_the_session_lives()
    {
        var client = await ConnectAsync(LoopbackReplica.Options("one:1") with { SessionTimeout = TimeSpan.FromSeconds(10) });
        var held = await new DistributedLock(client, "/l").AcquireAsync();
        var sessions = new TaskCompletionSource<long>();
        held.Lost.Register(() => sessions.SetResult(Replica.Status.Sessions));
        Replica.SwitchOff(1);
        Assert.Equal(1, await SoonAsync(sessions.Task));
        Replica.SwitchOn(1);
        await client.SyncAsync();
        await held.DisposeAsync();
        await using var again = await SoonAsync(new DistributedLock(client, "/l").AcquireAsync());
        Assert.False(again.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_short_loss_of_the_server_keeps_the_lock()
    {
        var client = await ConnectAsync();
        await using var held = await new DistributedLock(client, "/l").AcquireAsync();
        Replica.BreakAll();
        await client.SyncAsync();
        Assert.False(held.Lost.IsCancellationRequested);
        Assert.NotNull(await client.ExistsAsync(held.Path));
    }

    [Fact]
    public async Task A_lock_whose_node_is_deleted_by_hand_is_lost_but_not_one_whose_data_is_changed()
    {
        var clients = await ConnectAsync(2);
        await using var held = await new DistributedLock(clients[0], "/l").AcquireAsync();
        await clients[1].SetDataAsync(held.Path, "x"u8.ToArray());
        await clients[0].SyncAsync();
        Assert.False(held.Lost.IsCancellationRequested);
        await clients[1].DeleteAsync(held.Path);
        await Waiting.UntilAsync(() => held.Lost.IsCancellationRequested, "the lock to be lost");
    }

    [Fact]
    public async Task A_writer_excludes_all_and_later_readers_do_not_pass_it()
    {
        var clients = await ConnectAsync(4);
        var locks = clients.Select(c => new DistributedReadWriteLock(c, "/rw")).ToArray();
        var first = await locks[0].AcquireReadAsync();
        var second = await SoonAsync(locks[1].AcquireReadAsync());
        var writing = locks[2].AcquireWriteAsync();
        await Waiting.UntilAsync(() => Replica.Status.Ephemerals == 3, "the writer's place");
        var reading = locks[3].AcquireReadAsync();
        await Waiting.UntilAsync(() => Replica.Status.Ephemerals == 4, "the later reader's place");
        await first.DisposeAsync();
        await clients[3].SyncAsync();
        Assert.False(writing.IsCompleted || reading.IsCompleted);
        await second.DisposeAsync();
        var writer = await SoonAsync(writing);
        await clients[3].SyncAsync();
        Assert.False(reading.IsCompleted);
        await writer.DisposeAsync();
        await using var later = await SoonAsync(reading);
        Assert.True(later.FencingToken > writer.FencingToken);
    }

    [Fact]
    public async Task A_semaphore_lets_in_as_many_as_it_has_permits_and_demands_one_number_of_all()
    {
        var clients = await ConnectAsync(6);
        var semaphores = clients.Select(c => new DistributedSemaphore(c, "/deep/sem", 3)).ToArray();
        var held = new List<Holding>();
        foreach (var semaphore in semaphores.Take(3))
        {
            held.Add(await SoonAsync(semaphore.AcquireAsync()));
        }

        var waiting = semaphores[3].AcquireAsync();
        await Waiting.UntilAsync(() => Replica.Status.Ephemerals == 5, "one who waits with a place and a lease");
        var behind = semaphores[4].AcquireAsync();
        await Waiting.UntilAsync(() => Replica.Status.Ephemerals == 6, "one who waits behind it");
        Assert.False(waiting.IsCompleted || behind.IsCompleted);
        await held[1].DisposeAsync();
        held[1] = await SoonAsync(waiting);
        await Waiting.UntilAsync(() => Replica.Status.Ephemerals == 5, "the other one's turn");
        await clients[5].SyncAsync();
        Assert.False(behind.IsCompleted);
        await held[0].DisposeAsync();
        held[0] = await SoonAsync(behind);
        Assert.Equal(3, held.Select(h => h.FencingToken).Distinct().Count());
        foreach (var permit in held)
        {
            Assert.False(permit.Lost.IsCancellationRequested);
            await permit.DisposeAsync();
        }

        Assert.Equal(0, Replica.Status.Ephemerals);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => new DistributedSemaphore(clients[0], "/deep/sem", 4).AcquireAsync());
        Assert.Contains("has 3 permits, not 4", error.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex("^_c_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-lock-[0-9]{10}$")]
    private static partial Regex CuratorName();
}

using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Cluster.Tests.Hosting;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Servers;

namespace GrainKeeper.Cluster.Tests.Ensembles;

/// <summary>How a server that was away is brought to its leader's history. Its own counters tell which way was taken.</summary>
public sealed class ReturningFollowerTests
{
    [Fact]
    public async Task A_follower_with_a_stale_log_is_sent_what_it_lacks()
    {
        await using var cluster = await Ensemble.StartAsync(3);
        var leader = await cluster.LeaderAsync();
        var follower = cluster.Ids.First(id => id != leader);
        await using var client = await cluster.ConnectAsync(leader);
        await client.CreateAsync("/before");
        await cluster.SettleAsync();
        await cluster.KillAsync(follower);
        await CreateAsync(client, "/missed", 50, 16);

        await cluster.StartAsync(follower);
        Assert.Equal(leader, await cluster.LeaderAsync());
        AssertSynced(await cluster[follower].StatusAsync(), diffs: 1);
        await cluster.SettleAsync();
        Assert.Equal(50, (await cluster.ChildrenAsync(follower, "/missed")).Length);
    }

    [Fact]
    public async Task A_follower_that_is_too_far_behind_gets_the_whole_state()
    {
        await using var cluster = await Ensemble.StartAsync(3, c => c with
        {
            SegmentBytes = 64 * 1024,
            Replica = c.Replica with { SnapshotEvery = 50, Zab = c.Replica.Zab with { RecentTxns = 10 } },
        });
        var leader = await cluster.LeaderAsync();
        var follower = cluster.Ids.First(id => id != leader);
        await using var client = await cluster.ConnectAsync(leader);
        await client.CreateAsync("/before");
        await cluster.SettleAsync();
        await cluster.KillAsync(follower);
        var first = FirstSegmentOf(cluster, leader);
        for (var i = 0; i < 20 || FirstSegmentOf(cluster, leader) == first; i++)
        {
            // In waves, so that there is a snapshot after each and the log before the last ones is purged.
            Assert.True(i < 500, $"the log still begins with {first}");
            await CreateAsync(client, $"/missed-{i}", 60, 2048);
        }

        await cluster.StartAsync(follower);
        Assert.Equal(leader, await cluster.LeaderAsync());
        AssertSynced(await cluster[follower].StatusAsync(), snapshots: 1);
        await cluster.SettleAsync();
        Assert.Equal(60, (await cluster.ChildrenAsync(follower, "/missed-0")).Length);

        // What it was given is on its disk, too.
        await cluster.KillAsync(follower);
        await cluster.StartAsync(follower);
        await cluster.LeaderAsync();
        AssertSynced(await cluster[follower].StatusAsync(), diffs: 1);
        Assert.Equal(60, (await cluster.ChildrenAsync(follower, "/missed-19")).Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_leader_that_lost_touch_stops_serving_and_what_it_had_not_committed_is_cut_when_it_returns(bool restarted)
    {
        // Time enough for the lost writes to reach the leader's log before it gives up.
        await using var cluster = await Ensemble.StartAsync(3, c => c with { Replica = c.Replica with { Zab = c.Replica.Zab with { SyncTimeout = 4_000 } } });
        var old = await cluster.LeaderAsync();
        var others = cluster.Ids.Where(id => id != old).ToArray();

        // A client that does not send again what is lost.
        await using var client = await cluster.ConnectAsync([old], writesInFlight: 0);
        await client.CreateAsync("/kept");
        await cluster.SettleAsync();
        var committed = (await cluster[old].StatusAsync()).LastCommitted;

        foreach (var other in others)
        {
            cluster.Network.Hold(old, other);
        }

        var lost = Enumerable.Range(0, 5).Select(i => client.CreateAsync($"/lost-{i}")).ToArray();
        await Eventually.Is(async () => (await cluster[old].StatusAsync()).LastZxid >= committed + lost.Length, () => cluster.Describe());
        var successor = await cluster.LeaderAsync(among: others);
        await Eventually.Is(
            async () => await cluster[old].StatusAsync() is { Role: not ServerRole.Leading, Phase: not ServerPhase.Broadcast }, () => cluster.Describe(), Ensemble.Patience);

        // Its client knows that nothing is known of its writes, and is served by nobody until the server is back.
        Assert.All(await Task.WhenAll(lost.Select(FailureOf)), e => Assert.IsType<ConnectionLossException>(e));
        Assert.Equal(ClientState.Connecting, client.State);
        await Assert.ThrowsAsync<ConnectionLossException>(() => cluster.ConnectAsync([old], patience: 1_000));
        await using (var other = await cluster.ConnectAsync(successor))
        {
            await other.CreateAsync("/elsewhere");
        }

        var alone = await cluster[old].StatusAsync();
        Assert.Equal((committed, committed + lost.Length), (alone.LastCommitted, alone.LastZxid));
        if (restarted)
        {
            await cluster.KillAsync(old);
        }

        cluster.Network.ReleaseAll();
        if (restarted)
        {
            await cluster.StartAsync(old);
        }

        Assert.Equal(successor, await cluster.LeaderAsync());
        await cluster.SettleAsync();
        var back = await cluster[old].StatusAsync();
        Assert.True(back.SyncedByTruncation >= 1, back.ToString());
        Assert.Equal((0, restarted ? 1 : 0), (back.SyncedBySnapshot, back.Reloads));
        foreach (var id in cluster.Ids)
        {
            Assert.Equal(["elsewhere", "kept", "zookeeper"], await cluster.ChildrenAsync(id, "/"));
        }

        await Eventually.Is(() => client.State == ClientState.Connected, () => cluster.Describe(), Ensemble.Patience);
        Assert.Null(await client.ExistsAsync("/lost-0"));
    }

    private static async Task CreateAsync(GrainKeeperClient client, string parent, int children, int bytes)
    {
        await client.CreateAsync(parent);
        await Task.WhenAll(Enumerable.Range(0, children).Select(i => client.CreateAsync($"{parent}/{i:D4}", new byte[bytes])));
    }

    private static string? FirstSegmentOf(MiniCluster cluster, int server) =>
        Directory.GetFiles(Path.Combine(cluster.ConfigurationOf(server).LogDirectory, "trees", TreeName.Root), "log.*").Min(StringComparer.Ordinal);

    private static void AssertSynced(ServerStatus status, long diffs = 0, long truncations = 0, long snapshots = 0) => Assert.Equal(
        (diffs, truncations, snapshots), (status.SyncedByDiff, status.SyncedByTruncation, status.SyncedBySnapshot));

    private static async Task<Exception?> FailureOf(Task task)
    {
        try
        {
            await task.WaitAsync(TimeSpan.FromMilliseconds(Ensemble.Patience));
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}

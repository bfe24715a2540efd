using System.Diagnostics;
using System.Text;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Core.Quorum;
using Orleans;
using Orleans.Runtime;

namespace GrainKeeper.Cluster.Tests.Hosting;

public sealed class MembershipTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Servers_that_start_together_reach_each_other_by_server_id(int servers)
    {
        await using var cluster = await MiniCluster.StartAsync(servers);
        foreach (var from in cluster.Running)
        {
            foreach (var to in cluster.Running)
            {
                Assert.Equal(to.Id, await from.Where(to.Id).Server());
            }

            var ups = from.Changes.Where(c => c.Up).Select(c => (c.Change.Peer.Value, c.Change.Generation)).Order();
            Assert.Equal(cluster.Running.Where(s => s != from).Select(s => (s.Id, s.Generation)), ups);
        }
    }

    [Fact]
    public async Task A_server_alone_starts_at_once_and_waits_for_nobody()
    {
        await using var cluster = new MiniCluster(3);
        var watch = Stopwatch.StartNew();
        await cluster.StartAsync(2);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"took {watch.Elapsed}");
        Assert.Equal(2, await cluster[2].Where(2).Server());
        Assert.True(cluster[2].Sees(2));
        Assert.False(cluster[2].Sees(1));
        Assert.True(cluster[2].Liveness.DownToken(new ServerId(1)).IsCancellationRequested);
        var error = await Assert.ThrowsAsync<ServerUnavailableException>(() => cluster[2].Where(1).Server());
        Assert.Contains("server 1 is not in the cluster", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_death_of_a_server_cancels_its_down_token_and_ends_calls_in_flight()
    {
        await using var cluster = await MiniCluster.StartAsync(3);
        var peer = new ServerId(3);
        var token = cluster[1].Liveness.DownToken(peer);
        var hanging = cluster[1].Where(3).Wait(CancellationToken.None).WaitAsync(token);
        Assert.Equal(3, await cluster[1].Where(3).Server());
        var watch = Stopwatch.StartNew();
        var killing = cluster.KillAsync(3);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(3), $"took {watch.Elapsed}");
        await killing;
        await Eventually.Is(() => !cluster[1].Sees(3) && !cluster[2].Sees(3), () => cluster[2].Log.ToString());

        // By the end of its connections, not by its silence.
        await Eventually.Is(() => cluster[1].Changes.Any(c => !c.Up), () => cluster[1].Log.ToString());
        Assert.DoesNotContain("said nothing", Assert.Single(cluster[1].Changes, c => !c.Up).Change.Reason, StringComparison.Ordinal);
        Assert.True(cluster[1].Liveness.DownToken(peer).IsCancellationRequested);
    }

    [Fact]
    public async Task First_calls_to_a_live_server_do_not_suffer_from_a_dead_one()
    {
        await using var cluster = await MiniCluster.StartAsync(3);
        await cluster.KillAsync(3);
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(2, await cluster[1].Where(2, $"tree{i}").Server().WaitAsync(TimeSpan.FromSeconds(15)));
        }
    }

    [Fact]
    public async Task Nobody_votes_a_dead_server_out_until_its_successor_is_met()
    {
        await using var cluster = await MiniCluster.StartAsync(3);
        var generation = cluster[3].Generation;
        await cluster.KillAsync(3);
        await Eventually.Is(() => !cluster[1].Sees(3), () => cluster[1].Log.ToString());
        var before = cluster[1].Members;
        Assert.Equal([(generation, SiloStatus.Active)], RowsOf(before, 3));

        await cluster.StartAsync(3);
        await cluster.MeshAsync();
        Assert.Equal(3, await cluster[1].Where(3).Server().WaitAsync(TimeSpan.FromSeconds(15)));
        var after = cluster[1].Members;
        Assert.Equal([(generation, SiloStatus.Dead), (cluster[3].Generation, SiloStatus.Active)], RowsOf(after, 3));
        Assert.True(after.Version > before.Version, $"{after.Version} after {before.Version}");
    }

    [Fact]
    public async Task Up_and_down_alternate_for_a_server_that_dies_again_and_again()
    {
        await using var cluster = await MiniCluster.StartAsync(3);
        for (var i = 0; i < 5; i++)
        {
            await cluster.KillAsync(2);
            await cluster.StartAsync(2);
            await cluster.MeshAsync();
            Assert.Equal(2, await cluster[1].Where(2).Server().WaitAsync(TimeSpan.FromSeconds(15)));
        }

        foreach (var id in new[] { 1, 3 })
        {
            var heard = cluster[id].Changes.Where(c => c.Change.Peer.Value == 2).ToArray();
            Assert.Equal(11, heard.Length);
            Assert.Equal(Enumerable.Range(0, 11).Select(i => i % 2 == 0), heard.Select(h => h.Up));
            Assert.Equal(6, heard.Where(h => h.Up).Select(h => h.Change.Generation).Distinct().Count());
            Assert.Equal(heard.Where(h => !h.Up).Select(h => h.Change.Period), heard.Where(h => h.Up).Select(h => h.Change.Period).SkipLast(1));
            Assert.All(RowsOf(cluster[id].Members, 2).SkipLast(1), r => Assert.Equal(SiloStatus.Dead, r.Status));
        }
    }

    [Fact]
    public async Task A_cut_between_two_servers_is_noticed_by_both_and_heals_under_the_same_generation()
    {
        await using var cluster = await MiniCluster.StartAsync(3);
        var generation = cluster[2].Generation;
        cluster.Network.Cut(1, 2);
        await Eventually.Is(() => !cluster[1].Sees(2) && !cluster[2].Sees(1), () => cluster[1].Log.ToString());
        Assert.True(cluster[3].Sees(1) && cluster[3].Sees(2) && cluster[1].Sees(3) && cluster[2].Sees(3));
        await Assert.ThrowsAnyAsync<Exception>(() => cluster[1].Where(2).Server().WaitAsync(TimeSpan.FromSeconds(5), cluster[1].Liveness.DownToken(new ServerId(2))));
        Assert.Equal(1, await cluster[3].Where(1).Server());

        cluster.Network.Heal(1, 2);
        await cluster.MeshAsync();
        await Eventually.Is(
            async () => await cluster[1].Where(2).Server().WaitAsync(TimeSpan.FromSeconds(5)).ContinueWith(t => t.IsCompletedSuccessfully, TaskScheduler.Default),
            () => cluster[1].Log.ToString());
        Assert.Equal(generation, cluster[1].Changes.Last(c => c.Up && c.Change.Peer.Value == 2).Change.Generation);
        Assert.Equal([(generation, SiloStatus.Active)], RowsOf(cluster[1].Members, 2));
    }

    [Fact]
    public async Task A_server_that_stops_in_good_order_says_so()
    {
        await using var cluster = await MiniCluster.StartAsync(3);
        await cluster.StopAsync(2);
        await Eventually.Is(() => cluster[1].Changes.Any(c => !c.Up) && cluster[3].Changes.Any(c => !c.Up), () => cluster[1].Log.ToString());
        Assert.Equal("it is shutting down", Assert.Single(cluster[1].Changes, c => !c.Up).Change.Reason);
        Assert.Equal("it is shutting down", Assert.Single(cluster[3].Changes, c => !c.Up).Change.Reason);
    }

    [Fact]
    public async Task A_server_with_another_secret_stays_outside_and_both_sides_say_why()
    {
        await using var cluster = new MiniCluster(3, c => c.Self.Value == 3 ? c with { Secret = Encoding.ASCII.GetBytes("quite another secret") } : c);
        await cluster.StartAsync(1, 2, 3);
        await Eventually.Is(
            () => cluster[1].Sees(2) && cluster[1].Log.Contains("another ensemble secret") && cluster[3].Log.Contains("another ensemble secret"),
            () => $"{cluster[1].Log}\n---\n{cluster[3].Log}");
        Assert.False(cluster[1].Sees(3) || cluster[2].Sees(3) || cluster[3].Sees(1));
        Assert.Empty(RowsOf(cluster[1].Members, 3));
        Assert.DoesNotContain("quite another secret", cluster[3].Log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_another_ensemble_stays_outside()
    {
        await using var cluster = new MiniCluster(3, c => c.Self.Value == 3 ? c with { ClusterId = "others" } : c);
        await cluster.StartAsync(1, 2, 3);
        await Eventually.Is(
            () => cluster[1].Sees(2) && cluster[1].Log.Contains("another ensemble") && cluster[3].Log.Contains("another ensemble"),
            () => $"{cluster[1].Log}\n---\n{cluster[3].Log}");
        Assert.False(cluster[1].Sees(3) || cluster[2].Sees(3) || cluster[3].Sees(1));
    }

    [Fact]
    public async Task A_different_server_list_is_pointed_out_but_does_not_divide_the_ensemble()
    {
        await using var cluster = await MiniCluster.StartAsync(
            3, c => c.Self.Value == 3 ? c with { Servers = [.. c.Servers.Select(s => s.Id.Value == 2 ? s with { Weight = 2 } : s)] } : c);
        await Eventually.Is(() => cluster[1].Log.Contains("Server 3 runs with another server list"), () => cluster[1].Log.ToString());
    }

    private static IEnumerable<(int Generation, SiloStatus Status)> RowsOf(ClusterMembershipSnapshot snapshot, int server) =>
        snapshot.Members.Values.Where(m => m.Name == SiloNames.Of(new ServerId(server)))
            .Select(m => (m.SiloAddress.Generation, m.Status)).OrderBy(r => r.Generation);
}

using GrainKeeper.Cluster.Tests.Hosting;
using Xunit.Abstractions;

namespace GrainKeeper.Cluster.Tests.Ensembles;

public sealed class LeaderDeathTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public async Task A_leader_dies_under_writes_and_nothing_acknowledged_is_lost(int servers)
    {
        await using var cluster = await Ensemble.StartAsync(servers);
        var leader = await cluster.LeaderAsync();
        await using var writers = await Writers.StartAsync(cluster, 3);
        await writers.MoreAsync(100);
        var epoch = (await cluster[leader].StatusAsync()).CurrentEpoch;

        await cluster.KillAsync(leader);
        var successor = await cluster.LeaderAsync();
        Assert.NotEqual(leader, successor);
        Assert.True((await cluster[successor].StatusAsync()).CurrentEpoch > epoch);
        await writers.MoreAsync(100);

        await cluster.StartAsync(leader);
        Assert.Equal(successor, await cluster.LeaderAsync());
        await writers.StopAsync();
        await AssertNothingLostAsync(cluster, writers);
        output.WriteLine($"{servers} servers: {writers.Acknowledged.Count} writes acknowledged, {writers.Unknown} unknown, longest gap {writers.LongestGap.TotalMilliseconds:F0} ms");
    }

    [Fact]
    public async Task Of_five_servers_a_leader_and_then_its_successor_die_and_three_go_on()
    {
        await using var cluster = await Ensemble.StartAsync(5);
        var first = await cluster.LeaderAsync();
        await using var writers = await Writers.StartAsync(cluster, 2);
        await writers.MoreAsync(50);
        await cluster.KillAsync(first);
        var second = await cluster.LeaderAsync();
        await writers.MoreAsync(50);
        await cluster.KillAsync(second);
        var third = await cluster.LeaderAsync();
        Assert.Equal(3, new[] { first, second, third }.Distinct().Count());
        await writers.MoreAsync(50);

        await cluster.StartAsync(first, second);
        Assert.Equal(third, await cluster.LeaderAsync());
        await writers.StopAsync();
        await AssertNothingLostAsync(cluster, writers);
    }

    // What every server has is the same, and nothing that was acknowledged is missing.
    private static async Task AssertNothingLostAsync(MiniCluster cluster, Writers writers)
    {
        await cluster.SettleAsync();
        string[]? first = null;
        foreach (var id in cluster.Ids)
        {
            var names = await cluster.ChildrenAsync(id, Writers.Parent);
            Assert.Empty(writers.Acknowledged.Except(names));
            first ??= names;
            Assert.Equal(first, names);
        }
    }
}

using GrainKeeper.Cluster.Tests.Hosting;
using GrainKeeper.Contracts.Servers;

namespace GrainKeeper.Cluster.Tests.Ensembles;

/// <summary>The owner's example of an election: five servers without data start one after another.</summary>
public sealed class FiveServerStoryTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Five_servers_start_one_after_another_and_the_third_leads(int algorithm)
    {
        // With algorithm 0 a vote that is answered later than this counts as none, and those that favoured its server favour another for a moment.
        await using var cluster = new MiniCluster(5, c => c with { ElectionAlgorithm = algorithm, Election = c.Election with { PollTimeout = 1_000 } }, withGrains: true);
        await cluster.StartAsync(1);
        await VoteAsync(cluster, 1);

        await cluster.StartAsync(2);
        await VoteAsync(cluster, 2);

        await cluster.StartAsync(3);
        Assert.Equal(3, await cluster.LeaderAsync());
        var before = await cluster.StatusAsync();

        await cluster.StartAsync(4);
        Assert.Equal(3, await cluster.LeaderAsync());
        await cluster.StartAsync(5);
        Assert.Equal(3, await cluster.LeaderAsync());

        var after = await cluster.StatusAsync();
        Assert.Equal(
            [(1, ServerRole.Following), (2, ServerRole.Following), (3, ServerRole.Leading), (4, ServerRole.Following), (5, ServerRole.Following)],
            after.Select(s => (s.Server, s.Role)));
        Assert.All(after, s => Assert.Equal(before[0].CurrentEpoch, s.CurrentEpoch));
        await using var client = await cluster.ConnectAsync(5);
        Assert.Equal("/story", (await client.CreateAsync("/story")).Path);
    }

    // All that run look for a leader and favour the highest of them; and so it stays, since they are no quorum.
    private static async Task VoteAsync(MiniCluster cluster, int favourite)
    {
        await Eventually.Is(async () => (await Task.WhenAll(cluster.Running.Select(s => s.ElectionAsync()))).All(e => e.VoteLeader == favourite), () => cluster.Describe());
        for (var i = 0; i < 5; i++)
        {
            Assert.All(
                await Task.WhenAll(cluster.Running.Select(s => s.ElectionAsync())),
                e => Assert.Equal((ServerRole.Looking, favourite, 0L), (e.State, e.VoteLeader, e.Decisions)));
            Assert.All(await cluster.StatusAsync(), s => Assert.Equal((ServerRole.Looking, null), (s.Role, s.Leader)));
            await Task.Delay(50);
        }
    }
}

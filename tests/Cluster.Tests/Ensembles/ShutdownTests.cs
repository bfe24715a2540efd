using GrainKeeper.Client;
using GrainKeeper.Core.Jute;
using Xunit.Abstractions;

namespace GrainKeeper.Cluster.Tests.Ensembles;

public sealed class ShutdownTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_leader_that_shuts_down_tells_its_followers_first_and_sessions_live_on()
    {
        await using var cluster = await Ensemble.StartAsync(3);
        var leader = await cluster.LeaderAsync();
        await using var client = await cluster.ConnectAsync(cluster.Ids);
        await client.CreateAsync("/mine", mode: CreateMode.Ephemeral);
        var session = client.SessionId;
        await using var writers = await Writers.StartAsync(cluster, 2);
        await writers.MoreAsync(100);

        await cluster.StopAsync(leader);
        var successor = await cluster.LeaderAsync();
        Assert.NotEqual(leader, successor);
        await writers.MoreAsync(100);
        await writers.StopAsync();
        output.WriteLine($"longest time without a write: {writers.LongestGap.TotalMilliseconds:F0} ms; {writers.Unknown} writes unknown");

        // They need not find out by silence or a broken connection.
        Assert.All(cluster.Running, s => Assert.True(s.Log.Contains("the server is shutting down"), s.Log.ToString()));
        await Eventually.Is(() => client.State == ClientState.Connected, () => $"{client.State}\n{cluster.Describe()}", Ensemble.Patience);
        Assert.Equal(session, client.SessionId);
        Assert.Equal(session, (await client.ExistsAsync("/mine"))!.Value.EphemeralOwner);

        await cluster.StartAsync(leader);
        Assert.Equal(successor, await cluster.LeaderAsync());
        await cluster.SettleAsync();
        Assert.Empty(writers.Acknowledged.Except(await cluster.ChildrenAsync(leader, Writers.Parent)));
    }

    [Fact]
    public async Task A_follower_that_shuts_down_disturbs_nobody()
    {
        await using var cluster = await Ensemble.StartAsync(3);
        var leader = await cluster.LeaderAsync();
        var follower = cluster.Ids.First(id => id != leader);
        var staying = cluster.Ids.Where(id => id != follower).ToArray();
        var before = await cluster[leader].StatusAsync();
        await using var client = await cluster.ConnectAsync(follower);
        await client.CreateAsync("/mine", mode: CreateMode.Ephemeral);
        await using var writers = await Writers.StartAsync(cluster, 2, staying);
        await writers.MoreAsync(50);

        await cluster.StopAsync(follower);
        await writers.MoreAsync(50);
        Assert.Equal(0, writers.Unknown);
        Assert.Equal(leader, await cluster.LeaderAsync());
        var after = await cluster[leader].StatusAsync();
        Assert.Equal((before.CurrentEpoch, before.Round), (after.CurrentEpoch, after.Round));

        await cluster.StartAsync(follower);
        await Eventually.Is(() => client.State == ClientState.Connected, () => $"{client.State}\n{cluster.Describe()}", Ensemble.Patience);
        Assert.Equal(client.SessionId, (await client.ExistsAsync("/mine"))!.Value.EphemeralOwner);
        Assert.Equal(0, writers.Unknown);
    }
}

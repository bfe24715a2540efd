using System.Collections.Concurrent;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Contracts.Servers;

namespace GrainKeeper.Cluster.Tests.Ensembles;

public sealed class ObserverTests
{
    [Fact]
    public async Task An_observer_serves_reads_and_forwards_writes_but_neither_votes_nor_counts()
    {
        await using var cluster = await Ensemble.StartAsync(4, c => c.WithObserver(4));
        var leader = await cluster.LeaderAsync();
        Assert.NotEqual(4, leader);
        await AssertObservesAsync(cluster[4].StatusAsync(), leader);
        Assert.Equal(ServerRole.Observing, (await cluster[4].ElectionAsync()).State);

        // Writes of its clients, and events of others' writes.
        await using var client = await cluster.ConnectAsync(4);
        await using var other = await cluster.ConnectAsync(leader);
        var events = new ConcurrentQueue<WatchEvent>();
        await client.CreateAsync("/seen", "1"u8.ToArray());
        Assert.Equal("1"u8.ToArray(), (await client.GetDataAsync("/seen", events.Enqueue)).Data.ToArray());
        await other.SetDataAsync("/seen", "2"u8.ToArray());
        await Eventually.Is(() => !events.IsEmpty, () => cluster.Describe());
        Assert.Equal("/seen", Assert.Single(events).Path);
        Assert.Equal("2"u8.ToArray(), (await client.GetDataAsync("/seen")).Data.ToArray());

        // It is not needed.
        await cluster.KillAsync(4);
        await other.CreateAsync("/without-observer");
        await cluster.StartAsync(4);
        await cluster.LeaderAsync();
        await AssertObservesAsync(cluster[4].StatusAsync(), leader);

        // It does not help: with one voter left there is no quorum, whatever the observer does.
        var dead = cluster.Ids.Where(id => id != leader && id != 4).ToArray();
        await Task.WhenAll(dead.Select(cluster.KillAsync));
        await Eventually.Is(async () => (await cluster.StatusAsync()).All(s => s is { Role: ServerRole.Looking, Leader: null }), () => cluster.Describe(), Ensemble.Patience);
        await Assert.ThrowsAsync<ConnectionLossException>(() => cluster.ConnectAsync([leader, 4], patience: 1_500));
        Assert.All(await cluster.StatusAsync(), s => Assert.Equal(ServerRole.Looking, s.Role));

        await cluster.StartAsync(dead[0]);
        var successor = await cluster.LeaderAsync();
        await AssertObservesAsync(cluster[4].StatusAsync(), successor);
        Assert.Equal(["seen", "without-observer", "zookeeper"], await cluster.ChildrenAsync(4, "/"));
    }

    private static async Task AssertObservesAsync(Task<ServerStatus> status, int leader)
    {
        var observer = await status;
        Assert.Equal((ServerRole.Observing, ServerPhase.Broadcast, leader), (observer.Role, observer.Phase, observer.Leader));
    }
}

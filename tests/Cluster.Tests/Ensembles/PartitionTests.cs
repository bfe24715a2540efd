using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Contracts.Servers;

namespace GrainKeeper.Cluster.Tests.Ensembles;

public sealed class PartitionTests
{
    [Fact]
    public async Task Of_five_servers_two_that_are_cut_off_with_the_leader_among_them_serve_no_writes_and_come_back()
    {
        await using var cluster = await Ensemble.StartAsync(5);
        var old = await cluster.LeaderAsync();
        var companion = cluster.Ids.First(id => id != old);
        var majority = cluster.Ids.Where(id => id != old && id != companion).ToArray();
        await using var leaderClient = await cluster.ConnectAsync(old);
        await using var companionClient = await cluster.ConnectAsync(companion);
        await leaderClient.CreateAsync("/register", "before"u8.ToArray());
        await cluster.SettleAsync();

        foreach (var id in majority)
        {
            cluster.Network.Cut(old, id);
            cluster.Network.Cut(companion, id);
        }

        var successor = await cluster.LeaderAsync(among: majority);
        await Eventually.Is(
            async () => (await cluster.StatusAsync()).All(s => majority.Contains(s.Server) || s.Phase != ServerPhase.Broadcast), () => cluster.Describe(), Ensemble.Patience);
        await Eventually.Is(
            () => leaderClient.State == ClientState.Connecting && companionClient.State == ClientState.Connecting, () => $"{leaderClient.State}, {companionClient.State}");
        foreach (var id in new[] { old, companion })
        {
            await Assert.ThrowsAsync<ConnectionLossException>(() => cluster.ConnectAsync([id], patience: 1_000));
        }

        await using (var client = await cluster.ConnectAsync(majority))
        {
            await client.SetDataAsync("/register", "after"u8.ToArray());
        }

        foreach (var id in majority)
        {
            cluster.Network.Heal(old, id);
            cluster.Network.Heal(companion, id);
        }

        Assert.Equal(successor, await cluster.LeaderAsync());
        await Eventually.Is(
            () => leaderClient.State == ClientState.Connected && companionClient.State == ClientState.Connected, () => cluster.Describe(), Ensemble.Patience);
        Assert.Equal("after"u8.ToArray(), (await leaderClient.GetDataAsync("/register")).Data.ToArray());
        Assert.Equal("after"u8.ToArray(), (await companionClient.GetDataAsync("/register")).Data.ToArray());
        await cluster.SettleAsync();
    }
}

using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Cluster.Tests.Ensembles;

public sealed class RestartTests
{
    [Fact]
    public async Task All_servers_die_and_return_with_data_sessions_and_ephemeral_nodes_as_they_were()
    {
        await using var cluster = await Ensemble.StartAsync(3, c => c with { Replica = c.Replica with { TickTime = 500, MaxSessionTimeout = 30_000 } });
        await cluster.LeaderAsync();
        await using var client = await cluster.ConnectAsync(cluster.Ids, sessionTimeout: 30_000);
        await client.CreateAsync("/data", "0"u8.ToArray());
        for (var i = 1; i <= 20; i++)
        {
            await client.SetDataAsync("/data", Encoding.ASCII.GetBytes($"{i}"));
        }

        await client.CreateAsync("/mine", mode: CreateMode.Ephemeral);
        await client.CreateAsync("/job-", mode: CreateMode.PersistentSequential);
        var before = (await client.ExistsAsync("/data"))!.Value;
        var epoch = (await cluster.StatusAsync())[0].CurrentEpoch;
        var session = client.SessionId;
        var abandoned = await AbandonedSession.MakeAsync(cluster[1], "/abandoned", timeout: 2_000);

        await Task.WhenAll(cluster.Ids.Select(cluster.KillAsync));
        Assert.Empty(cluster.Running);
        await cluster.StartAsync([.. cluster.Ids]);
        await cluster.LeaderAsync();
        await Eventually.Is(() => client.State == ClientState.Connected, () => $"{client.State}\n{cluster.Describe()}", Ensemble.Patience);

        Assert.Equal(session, client.SessionId);
        Assert.All(await cluster.StatusAsync(), s => Assert.True(s.CurrentEpoch > epoch, s.ToString()));
        var after = await client.GetDataAsync("/data");
        Assert.Equal("20", Encoding.ASCII.GetString(after.Data.Span));
        Assert.Equal((before.Czxid, before.Mzxid, before.Version, before.Mtime), (after.Stat.Czxid, after.Stat.Mzxid, after.Stat.Version, after.Stat.Mtime));
        Assert.Equal(session, (await client.ExistsAsync("/mine"))!.Value.EphemeralOwner);
        Assert.Equal("/job-0000000004", (await client.CreateAsync("/job-", mode: CreateMode.PersistentSequential)).Path);

        // Whoever does not come back within its timeout, which begins anew with the new leader, loses its session and its nodes.
        Assert.NotEqual(session, abandoned);
        await Eventually.Is(async () => await client.ExistsAsync("/abandoned") is null, () => cluster.Describe());
        Assert.NotNull(await client.ExistsAsync("/mine"));
    }
}

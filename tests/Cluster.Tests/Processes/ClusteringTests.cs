using System.Text;

namespace GrainKeeper.Cluster.Tests.Processes;

/// <summary>Orleans' membership in an outside store instead of the static list. Needs the Debian packages postgresql and redis-server.</summary>
public sealed class ClusteringTests
{
    [Fact]
    public async Task With_PostgreSQL_three_servers_serve_and_one_that_was_killed_rejoins()
    {
        await using var store = await OutsideStore.StartPostgresAsync();
        await ServeAsync($"clustering=postgres\nclustering.connectionString=Host=127.0.0.1;Port={store.Port};Username=gk;Database=postgres");
    }

    [Fact]
    public async Task With_Redis_three_servers_serve_and_one_that_was_killed_rejoins()
    {
        await using var store = await OutsideStore.StartRedisAsync();
        await ServeAsync($"clustering=redis\nclustering.connectionString=127.0.0.1:{store.Port}");
    }

    private static async Task ServeAsync(string settings)
    {
        await using var servers = new ServerProcesses(settings);
        foreach (var id in ServerProcesses.Ids)
        {
            servers.Start(id);
        }

        await using var client = await servers.ConnectAsync(ServerProcesses.Ids);
        await client.CreateAsync("/value", "1"u8.ToArray());
        await servers.KillAsync(3);
        await using var other = await servers.ConnectAsync(1, 2);
        await other.SetDataAsync("/value", "2"u8.ToArray());

        servers.Start(3);
        await using var there = await servers.ConnectAsync(3);
        await there.SyncAsync("/value");
        Assert.Equal("2", Encoding.ASCII.GetString((await there.GetDataAsync("/value")).Data.Span));
        await there.SetDataAsync("/value", "3"u8.ToArray());
        Assert.Equal(3, there.Server);
    }
}

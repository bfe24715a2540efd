using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Cluster.Tests.Hosting;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Cluster.Tests.Ensembles;

public sealed class TreesTests
{
    private static readonly byte[] Administrator = Encoding.ASCII.GetBytes("super:of the trees");

    [Fact]
    public async Task An_administrator_creates_trees_that_have_leaders_and_data_of_their_own_and_survive_restarts()
    {
        await using var cluster = await Ensemble.StartAsync(3, WithAdministrator);
        var first = await cluster.LeaderAsync();

        // The root tree's leader moves; the elections of a new tree begin from nothing.
        await cluster.KillAsync(first);
        var second = await cluster.LeaderAsync();
        await cluster.StartAsync(first);
        Assert.Equal(second, await cluster.LeaderAsync());
        await using var root = await cluster.ConnectAsync(cluster.Ids);
        var directory = new TreeDirectory(root);
        await Assert.ThrowsAsync<NoAuthException>(() => directory.CreateAsync("orders"));
        await root.AddAuthAsync("digest", Administrator);
        await directory.CreateAsync("orders");
        await directory.CreateAsync("audit.log_2");
        await RunsAsync(cluster, "orders");
        await RunsAsync(cluster, "audit.log_2");
        Assert.Equal(second, await cluster.LeaderAsync());
        Assert.True((await cluster[second].StatusAsync("orders")).CurrentEpoch < (await cluster[second].StatusAsync()).CurrentEpoch, cluster.Describe("orders"));
        Assert.All(await cluster.StatusAsync(), s => Assert.Equal(["audit.log_2", "orders", "root"], s.Trees));

        await using var orders = await cluster.ConnectAsync(cluster.Ids, "orders");
        await orders.CreateAsync("/only-here");
        await root.CreateAsync("/only-there");
        Assert.Null(await root.ExistsAsync("/only-here"));
        Assert.Null(await orders.ExistsAsync("/only-there"));
        Assert.Equal(["zookeeper"], await cluster.ChildrenAsync(1, "/", "audit.log_2"));

        await Task.WhenAll(cluster.Ids.Select(cluster.KillAsync));
        await cluster.StartAsync([.. cluster.Ids]);
        await RunsAsync(cluster, "orders");
        await RunsAsync(cluster, "audit.log_2");
        await cluster.SettleAsync("orders");
        Assert.Equal(["only-here", "zookeeper"], await cluster.ChildrenAsync(1, "/", "orders"));
        Assert.Equal(["only-there", "zookeeper"], await cluster.ChildrenAsync(1, "/"));
    }

    [Fact]
    public async Task A_deleted_tree_ends_everywhere_also_where_it_was_missed_and_one_of_its_name_begins_empty()
    {
        await using var cluster = await Ensemble.StartAsync(3, WithAdministrator);
        await cluster.LeaderAsync();
        await using var root = await cluster.ConnectAsync(cluster.Ids);
        await root.AddAuthAsync("digest", Administrator);
        var directory = new TreeDirectory(root);
        await directory.CreateAsync("orders");
        await RunsAsync(cluster, "orders");
        await using (var orders = await cluster.ConnectAsync(cluster.Ids, "orders"))
        {
            await orders.CreateAsync("/old");
        }

        await cluster.KillAsync(1);
        await directory.DeleteAsync("orders");
        await Eventually.Is(async () => (await cluster.StatusAsync()).All(s => s.Trees.SequenceEqual(["root"])), () => cluster.Describe(), Ensemble.Patience);
        await Assert.ThrowsAsync<ConnectionLossException>(() => cluster.ConnectAsync([2, 3], "orders", patience: 1_000));
        Assert.Equal(ServerRole.Stopped, (await cluster[2].StatusAsync("orders")).Role);

        // The server that was away has the old tree on its disk when another of the same name begins.
        await directory.CreateAsync("orders");
        await cluster.LeaderAsync("orders", among: [2, 3]);
        await cluster.StartAsync(1);
        await RunsAsync(cluster, "orders");
        await cluster.SettleAsync("orders");
        foreach (var id in cluster.Ids)
        {
            Assert.Equal(["zookeeper"], await cluster.ChildrenAsync(id, "/", "orders"));
            var set = Directory.GetDirectories(Path.Combine(cluster.ConfigurationOf(id).DataDirectory, "trees", ".deleted"));
            Assert.StartsWith("orders@", Path.GetFileName(Assert.Single(set)), StringComparison.Ordinal);
        }
    }

    private static ServerConfiguration WithAdministrator(ServerConfiguration configuration) => configuration with
    {
        Replica = configuration.Replica with { SuperDigest = "super:b8n9d90aGP2J8rOQe8IcvpL0hBM=" },
    };

    private static async Task RunsAsync(MiniCluster cluster, string tree)
    {
        await Eventually.Is(async () => (await cluster.StatusAsync()).All(s => s.Trees.Contains(tree)), () => cluster.Describe(), Ensemble.Patience);
        await cluster.LeaderAsync(tree);
    }
}

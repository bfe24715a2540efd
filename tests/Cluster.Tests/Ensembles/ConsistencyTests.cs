using System.Globalization;
using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Cluster.Tests.Hosting;
using GrainKeeper.Console.Commands;
using GrainKeeper.Contracts.Servers;

namespace GrainKeeper.Cluster.Tests.Ensembles;

public sealed class ConsistencyTests
{
    [Fact]
    public async Task In_a_minority_nothing_linearizable_is_answered_eventual_reads_only_where_configured_and_healed_all_is_one_history()
    {
        // Every other server answers without a quorum; the two that are cut off are one of each kind.
        await using var cluster = await Ensemble.StartAsync(5, c => c with { Replica = c.Replica with { ReadOnlyMode = c.Self.Value % 2 == 0, Zab = c.Replica.Zab with { SyncTimeout = 2_000 } } });
        var old = await cluster.LeaderAsync();
        var companion = cluster.Ids.First(id => id % 2 != old % 2);
        var majority = cluster.Ids.Where(id => id != old && id != companion).ToArray();
        var (serves, refuses) = old % 2 == 0 ? (old, companion) : (companion, old);
        await using var atOld = await cluster.ConnectAsync(old);
        await using var atServing = await cluster.ConnectAsync(serves);
        await atOld.CreateAsync("/register", "before"u8.ToArray());
        Assert.Equal(("before", old, false), Told(await atOld.GetDataAsync("/register", consistency: ReadConsistency.Linearizable)));
        await cluster.SettleAsync();

        foreach (var id in majority)
        {
            cluster.Network.Hold(old, id);
            cluster.Network.Hold(companion, id);
        }

        // The leader does not know yet that it is cut off.
        var linearizable = atOld.GetDataAsync("/register", consistency: ReadConsistency.Linearizable);
        var successor = await cluster.LeaderAsync(among: majority);
        await using (var client = await cluster.ConnectAsync(majority))
        {
            await client.SetDataAsync("/register", "after"u8.ToArray());
            Assert.Equal("after", Told(await client.GetDataAsync("/register", consistency: ReadConsistency.Linearizable)).Data);
        }

        await Eventually.Is(
            async () => (await cluster.StatusAsync()).All(s => majority.Contains(s.Server) || s.Phase != ServerPhase.Broadcast), () => cluster.Describe(), Ensemble.Patience);
        Assert.Equal(("before", serves, true), Told(await atServing.GetDataAsync("/register", consistency: ReadConsistency.Eventual).WaitAsync(TimeSpan.FromMilliseconds(Ensemble.Patience))));
        await Assert.ThrowsAsync<ConnectionLossException>(() => cluster.ConnectAsync([refuses], patience: 1_000, consistency: ReadConsistency.Eventual));
        var (code, output, error) = await GkAsync(cluster, serves, "--timeout", "30", "get", "/register", "--consistency", "eventual");
        Assert.Equal((ExitCode.Ok, "before\n"), (code, output));
        Assert.StartsWith($"server {serves} is out of touch with a quorum: this is the state after 0x", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, (await GkAsync(cluster, serves, "--timeout", "1", "get", "/register", "--consistency", "linearizable")).Code);
        var write = atServing.CreateAsync("/written");
        var sequential = atServing.GetDataAsync("/register");
        Assert.Equal(("before", serves, true), Told(await atServing.GetDataAsync("/register", consistency: ReadConsistency.Eventual).WaitAsync(TimeSpan.FromMilliseconds(Ensemble.Patience))));
        Assert.False(linearizable.IsCompleted || write.IsCompleted || sequential.IsCompleted, $"{End(linearizable)}, {End(write)}, {End(sequential)}; server {old} led\n{cluster.Describe()}");

        cluster.Network.ReleaseAll();
        Assert.Equal(successor, await cluster.LeaderAsync());
        Assert.Equal(("after", old, false), Told(await linearizable));
        Assert.Equal("/written", (await write).Path);
        Assert.False((await sequential).Source.WithoutQuorum);
        Assert.Equal(("after", serves, false), Told(await atServing.GetDataAsync("/register", consistency: ReadConsistency.Linearizable)));
        await cluster.SettleAsync();
        foreach (var id in cluster.Ids)
        {
            Assert.Equal(["register", "written", "zookeeper"], await cluster.ChildrenAsync(id, "/"));
        }
    }

    private static async Task<(int Code, string Output, string Error)> GkAsync(MiniCluster cluster, int server, params string[] args)
    {
        var configuration = cluster.ConfigurationOf(server);
        var gateway = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{configuration.Servers.Single(s => s.Id.Value == server).GatewayPort}");
        using var output = new MemoryStream();
        await using var error = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(() => Stream.Null, output, error, Interactive: false);
        var code = await GkConsole.RunAsync(["--server", gateway, "--cluster", configuration.ClusterId, .. args], terminal, CancellationToken.None);
        return (code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    private static string End(Task task) => task.Exception?.GetBaseException().ToString() ?? task.Status.ToString();

    private static (string Data, int Server, bool WithoutQuorum) Told(NodeData node) => (Encoding.UTF8.GetString(node.Data.Span), node.Source.Server, node.Source.WithoutQuorum);
}

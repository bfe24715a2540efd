using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Status;
using GrainKeeper.Console.Commands;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Tests;

/// <summary>The client and the console against a real silo.</summary>
public sealed class GatewayTests : IAsyncLifetime
{
    private TestSilo _silo = null!;

    public async Task InitializeAsync() => _silo = await TestSilo.StartNewAsync();

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task A_client_works_through_a_gateway()
    {
        await using var client = await GrainKeeperClient.ConnectAsync(_silo.ClientOptions);
        Assert.Equal((ClientState.Connected, 1), (client.State, client.Server));
        var changed = new TaskCompletionSource<WatchEvent>();
        await client.CreateAsync("/a", "1"u8.ToArray());
        await client.GetDataAsync("/a", changed.SetResult);
        var writes = Enumerable.Range(0, 500).Select(i => client.SetDataAsync("/a", new byte[1_000], version: i)).ToList();
        Assert.Equal(500, (await Task.WhenAll(writes))[^1].Version);
        Assert.Equal("/a", (await changed.Task.WaitAsync(TimeSpan.FromSeconds(30))).Path);
        await client.CreateAsync("/big", new byte[1_000_000]);
        Assert.Equal(1_000_000, (await client.GetDataAsync("/big")).Data.Length);
    }

    [Fact]
    public async Task Many_sessions_share_one_connection_to_a_gateway()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => GrainKeeperClient.ConnectAsync(_silo.ClientOptions)));
        await Task.WhenAll(clients.Select((c, i) => c.CreateAsync($"/{i}", mode: CreateMode.Ephemeral)));
        Assert.Equal(50, clients.Select(c => c.SessionId).Distinct().Count());
        foreach (var client in clients[1..])
        {
            await client.DisposeAsync();
        }

        Assert.Equal(["0"], (await clients[0].GetChildrenAsync("/")).Names.Except(["zookeeper"]));
        await clients[0].DisposeAsync();
    }

    [Fact]
    public async Task A_session_outlives_its_server_and_the_loss_is_noticed_at_once()
    {
        await using var client = await GrainKeeperClient.ConnectAsync(_silo.ClientOptions);
        var session = client.SessionId;
        await client.CreateAsync("/e", mode: CreateMode.Ephemeral);
        await _silo.StopAsync();
        var clock = Stopwatch.StartNew();
        await Waiting.UntilAsync(() => client.State == ClientState.Connecting, "the loss");
        Assert.InRange(clock.ElapsedMilliseconds, 0, 2_000);

        var write = client.CreateAsync("/later");
        await _silo.StartAsync();
        Assert.Equal("/later", (await write.WaitAsync(TimeSpan.FromSeconds(60))).Path);
        Assert.Equal(session, (await client.GetDataAsync("/e")).Stat.EphemeralOwner);
    }

    [Fact]
    public async Task Another_ensembles_gateway_and_a_tree_that_is_not_there_are_refused_with_the_reason()
    {
        var hasty = _silo.ClientOptions with { AttemptTimeout = TimeSpan.FromSeconds(4), ConnectTimeout = TimeSpan.FromSeconds(4) };
        var cluster = await Assert.ThrowsAsync<ConnectionLossException>(() => GrainKeeperClient.ConnectAsync(hasty with { ClusterId = "other" }));
        Assert.Contains("'other'", cluster.Message, StringComparison.Ordinal);
        var tree = await Assert.ThrowsAsync<ConnectionLossException>(() => GrainKeeperClient.ConnectAsync(hasty with { Tree = "nowhere" }));
        Assert.Contains("nowhere", tree.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_accepts_and_says_nothing_is_passed_over()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        var options = _silo.ClientOptions with { Servers = ConnectString.Parse($"127.0.0.1:{port},127.0.0.1:{_silo.GatewayPort}"), AttemptTimeout = TimeSpan.FromSeconds(2) };
        for (var i = 0; i < 3; i++)
        {
            await using var client = await GrainKeeperClient.ConnectAsync(options);
            Assert.Equal(1, client.Server);
        }
    }

    [Fact]
    public async Task The_status_shows_servers_that_are_down_too()
    {
        await using var client = await GrainKeeperClient.ConnectAsync(_silo.ClientOptions);
        EnsembleReport report = null!;
        await Waiting.UntilAsync(async () => (report = await EnsembleStatusReader.ReadAsync(_silo.ClientOptions)).AllTreesServe, "an answer in time");
        Assert.Equal([true, false], report.Servers.Select(s => s.IsUp));
        Assert.True(report.AllTreesServe);
        Assert.Equal(1, report.Servers[0].Status!.Leader);
        Assert.NotNull(report.Servers[1].Problem);
    }

    [Fact]
    public async Task The_console_creates_reads_changes_lists_and_deletes()
    {
        Assert.Equal((0, "/a\n", string.Empty), await GkAsync("create", "/a", "some text"));
        Assert.Equal((0, "some text\n", string.Empty), await GkAsync("get", "/a"));
        foreach (var consistency in new[] { "eventual", "sequential", "linearizable" })
        {
            Assert.Equal((0, "some text\n", string.Empty), await GkAsync("get", "/a", "--consistency", consistency));
        }

        Assert.Equal((0, "/a/n-0000000000\n", string.Empty), await GkAsync("create", "-s", "/a/n-"));
        Assert.Equal((0, "/a/c\n", string.Empty), await GkAsync("create", "-c", "/a/c"));
        Assert.Equal((0, "version 1\n", string.Empty), await GkAsync("set", "/a", "other", "-v", "0"));
        Assert.Equal((0, "other", string.Empty), await GkAsync("get", "--raw", "/a"));
        Assert.Equal((0, "c\nn-0000000000\n", string.Empty), await GkAsync("ls", "/a", "--consistency", "linearizable"));
        var stat = await GkAsync("stat", "/a", "--consistency", "linearizable");
        Assert.Contains("dataVersion = 1\n", stat.Output, StringComparison.Ordinal);
        Assert.Contains("numChildren = 2\n", stat.Output, StringComparison.Ordinal);
        Assert.Contains("n-0000000000", (await GkAsync("ls", "-l", "/a")).Output, StringComparison.Ordinal);
        Assert.Equal((0, string.Empty, string.Empty), await GkAsync("delete", "/a/c"));
    }

    [Fact]
    public async Task The_console_reads_data_from_standard_input()
    {
        Assert.Equal(0, (await GkAsync(["create", "/bytes", "--file", "-"], input: [0, 255, 10, 13])).Code);
        await using var client = await GrainKeeperClient.ConnectAsync(_silo.ClientOptions);
        Assert.Equal([0, 255, 10, 13], (await client.GetDataAsync("/bytes")).Data.ToArray());
    }

    [Fact]
    public async Task The_console_says_what_failed_and_what_to_do()
    {
        var (code, output, error) = await GkAsync("get", "/nowhere");
        Assert.Equal((1, string.Empty), (code, output));
        Assert.Equal("gk: getData /nowhere: the node does not exist (look with 'gk ls' at the parent, or create it first)\n", error);
        Assert.Equal(1, (await GkAsync("stat", "/nowhere")).Code);
        Assert.Equal(2, (await GkAsync("get", "nowhere")).Code);
        Assert.Equal(2, (await GkAsync("get", "/a", "--consistency", "strict")).Code);
        Assert.Equal(2, (await GkAsync("create", "-e", "-c", "/x")).Code);
        Assert.Equal(2, (await GkAsync("create")).Code);
        Assert.Equal(2, (await GkAsync("trees", "delete", "orders")).Code);
        Assert.Equal(2, (await GkAsync("--timeout", "0", "ls")).Code);
    }

    [Fact]
    public async Task The_console_watches()
    {
        await GkAsync("create", "/w");
        var watching = GkAsync("watch", "-r", "/w", "-n", "2");
        await using var client = await GrainKeeperClient.ConnectAsync(_silo.ClientOptions);
        await Waiting.UntilAsync(async () => (await EnsembleStatusReader.ReadAsync(_silo.ClientOptions)).Servers[0].Status?.Watches == 1, "the console's watch");
        await client.SetDataAsync("/w", default);
        await client.SetDataAsync("/w", default);
        var (code, output, _) = await watching.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, code);
        Assert.Equal(2, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => line.EndsWith("NodeDataChanged /w", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_console_holds_an_ephemeral_node_until_it_is_interrupted()
    {
        using var interrupt = new CancellationTokenSource();
        var holding = GkAsync(["create", "-e", "/e"], token: interrupt.Token);
        await using var client = await GrainKeeperClient.ConnectAsync(_silo.ClientOptions);
        await Waiting.UntilAsync(async () => await client.ExistsAsync("/e") is not null, "the console's node");
        await interrupt.CancelAsync();
        Assert.Equal(0, (await holding).Code);
        Assert.Null(await client.ExistsAsync("/e"));
    }

    [Fact]
    public async Task The_console_shows_the_status_of_every_server()
    {
        await GkAsync("create", "/x");
        var (_, output, error) = await StatusAsync();
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.Contains("leading", StringComparison.Ordinal) && line.Contains($"localhost:{_silo.GatewayPort}", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("down", StringComparison.Ordinal));
        Assert.Contains("server 2", error, StringComparison.Ordinal);
        Assert.Contains("\"role\": \"leading\"", (await StatusAsync("--json")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_console_creates_a_tree_of_its_own()
    {
        var (refused, _, remedy) = await GkAsync("trees", "create", "orders");
        Assert.Equal(1, refused);
        Assert.Contains("GK_AUTH", remedy, StringComparison.Ordinal);
        Assert.Equal(0, (await GkAsync("--auth", TestSilo.Administrator, "trees", "create", "orders")).Code);
        Assert.Equal((0, "root\norders\n", string.Empty), await GkAsync("trees", "list"));
        Assert.Equal(0, (await GkAsync("--tree", "orders", "create", "/only-there")).Code);
        Assert.Equal(1, (await GkAsync("get", "/only-there")).Code);
        var status = await StatusAsync("--all-trees");
        Assert.Equal(2, status.Output.Split('\n').Count(line => line.Contains("leading", StringComparison.Ordinal)));
        Assert.Equal(0, (await GkAsync("--auth", TestSilo.Administrator, "trees", "delete", "orders", "--yes")).Code);
        Assert.Equal((0, "root\n", string.Empty), await GkAsync("trees", "list"));
    }

    /// <summary>A server that takes longer than two seconds is shown as down: on a machine that is busy with other things it is asked again.</summary>
    private async Task<(int Code, string Output, string Error)> StatusAsync(params string[] args)
    {
        var shown = (Code: 0, Output: string.Empty, Error: string.Empty);
        await Waiting.UntilAsync(async () => (shown = await GkAsync(["status", .. args])).Code == 0, "all trees to be shown as served");
        return shown;
    }

    private Task<(int Code, string Output, string Error)> GkAsync(params string[] args) => GkAsync(args, null, CancellationToken.None);

    private async Task<(int Code, string Output, string Error)> GkAsync(string[] args, byte[]? input = null, CancellationToken token = default)
    {
        using var output = new MemoryStream();
        await using var error = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(() => new MemoryStream(input ?? []), output, error, Interactive: false);
        var code = await GkConsole.RunAsync(["--server", $"localhost:{_silo.GatewayPort}", "--cluster", TestSilo.Cluster, .. args], terminal, token);
        return (code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }
}

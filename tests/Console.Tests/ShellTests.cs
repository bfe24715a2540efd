using GrainKeeper.Client;
using GrainKeeper.Client.Tests;

namespace GrainKeeper.Console.Tests;

/// <summary>The shell and the commands that came with it, against a real silo.</summary>
public sealed class ShellTests(SharedSilo silo) : IClassFixture<SharedSilo>, IAsyncLifetime
{
    private string _servers = string.Empty;

    public async Task InitializeAsync() => _servers = await silo.NewChrootAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_script_walks_through_the_tree_with_one_session()
    {
        var (code, output, error) = await ShellAsync(
            """
            # makes a few nodes
            create /app
            cd /app
            create conf 'two words'
            create -s 'conf/n-' "x"
            get conf
            cd conf
            pwd
            ls
            cd ..
            ls .
            gk stat /app/conf
            """);
        Assert.Equal((0, string.Empty), (code, error));
        var lines = output.Split('\n');
        Assert.Equal(["/app", "/app/conf", "/app/conf/n-0000000000", "two words", "/app/conf"], lines[..5]);
        Assert.StartsWith("session 0x", lines[5], StringComparison.Ordinal);
        Assert.Equal(["n-0000000000", "conf"], lines[6..8]);
        Assert.Contains("numChildren = 1", lines);
    }

    [Fact]
    public async Task Watched_nodes_tell_between_commands_until_they_are_not_watched_any_more()
    {
        var (code, output, error) = await ShellAsync("create /w\nwatch -r /w\nset /w 2\nget /w\nunwatch /w\nset /w 3\nget /w\nunwatch /w\n");
        Assert.Equal((2, "gk: /w is not watched: 'pwd' lists what is\n"), (code, error));
        Assert.Equal(1, output.Split('\n').Count(l => l.EndsWith("NodeDataChanged /w", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_script_ends_at_the_first_command_that_fails()
    {
        var (code, output, error) = await ShellAsync("create /a\nget /b\ncreate /c\n");
        Assert.Equal((1, "/a\n"), (code, output));
        Assert.StartsWith("gk: getData /b: the node does not exist", error, StringComparison.Ordinal);
        Assert.Equal((0, "/x\n", string.Empty), await ShellAsync("create /x\nexit\ncreate /y\n"));
        Assert.Equal(2, (await ShellAsync("create '/x")).Code);
        Assert.Equal(2, (await Gk.RunAsync([])).Code);
    }

    [Fact]
    public async Task Paths_are_completed_by_asking_the_ensemble()
    {
        await ShellAsync("create /apple\ncreate /apple/core\ncreate /apricot\ncreate '/has space'\n");
        await SuggestsAsync("get /ap", "/apple/\n/apricot\n");
        await SuggestsAsync("get /apple/", "/apple/core\n");
        Assert.Equal(string.Empty, await SuggestAsync("get /nowhere/"));
        Assert.DoesNotContain("has space", await SuggestAsync("get /"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_come_as_json()
    {
        Assert.Contains("\"path\": \"/j\"", (await GkAsync("create", "/j", "text", "-o", "json")).Output, StringComparison.Ordinal);
        var got = (await GkAsync("get", "/j", "-o", "json")).Output;
        Assert.Contains("\"data\": \"dGV4dA==\"", got, StringComparison.Ordinal);
        Assert.Contains("\"text\": \"text\"", got, StringComparison.Ordinal);
        Assert.Contains("\"version\": 1", (await GkAsync("set", "/j", "-o", "json")).Output, StringComparison.Ordinal);
        Assert.Contains("\"dataLength\": 0", (await GkAsync("stat", "/j", "-o", "json")).Output, StringComparison.Ordinal);
        Assert.Contains("\"j\"", (await GkAsync("ls", "/", "-o", "json")).Output, StringComparison.Ordinal);
        Assert.Contains("\"cversion\": 0", (await GkAsync("ls", "/", "-l", "-o", "json")).Output, StringComparison.Ordinal);
        Assert.Contains("\"deleted\": true", (await GkAsync("delete", "/j", "-o", "json")).Output, StringComparison.Ordinal);
        Assert.Contains("\"root\"", (await GkAsync("trees", "list", "-o", "json")).Output, StringComparison.Ordinal);

        // A server that takes longer than two seconds is shown as down.
        var (code, status) = (1, string.Empty);
        await Waiting.UntilAsync(
            async () =>
            {
                (code, status, _) = await GkAsync("status", "-o", "json");
                return code == 0;
            },
            "the tree to be shown as served");
        Assert.Contains("\"lag\": 0", status, StringComparison.Ordinal);
        Assert.Contains("\"role\": \"leading\"", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tree_is_drawn_within_its_bounds()
    {
        await ShellAsync("create /t\n" + string.Concat(Enumerable.Range(0, 4).Select(i => $"create /t/{i} data\ncreate /t/{i}/below\ncreate /t/{i}/below/deep\n")));
        var (code, output, error) = await GkAsync("tree", "/t", "-d", "2", "-n", "3");
        Assert.Equal((0, string.Empty), (code, error));
        Assert.Equal(1, output.Split("… 1 more").Length - 1);
        Assert.Contains("2 (4 B)", output, StringComparison.Ordinal);
        Assert.DoesNotContain("3 (4 B)", output, StringComparison.Ordinal);
        Assert.Equal(3, output.Split("below (1 below)").Length - 1);
        Assert.Contains("… 2 more", (await GkAsync("tree", "/t", "--most", "3")).Output, StringComparison.Ordinal);
        Assert.Contains("\"path\": \"/t/0/below/deep\"", (await GkAsync("tree", "/t", "-o", "json")).Output, StringComparison.Ordinal);
        Assert.Equal(1, (await GkAsync("tree", "/nowhere")).Code);
        Assert.Equal(2, (await GkAsync("tree", "/t", "-d", "0")).Code);
    }

    [Fact]
    public async Task Top_shows_rates_once()
    {
        await using var client = await GrainKeeperClient.ConnectAsync(silo.Options(_servers));
        using var enough = new CancellationTokenSource();
        await client.CreateAsync("/top");
        var writing = WriteAsync(client, enough.Token);
        var (code, output, error) = await GkAsync("top", "--once", "-i", "2");
        await enough.CancelAsync();
        await writing;
        Assert.Equal((0, string.Empty), (code, error));
        var columns = output.Split('\n').Single(l => l.Contains("leading", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("0", columns[4]);
        Assert.True(int.Parse(columns[8], System.Globalization.CultureInfo.InvariantCulture) > 0, output);
        Assert.Equal(2, (await GkAsync("top")).Code);
        Assert.Equal(2, (await GkAsync("top", "--once", "-i", "0")).Code);
    }

    private static async Task WriteAsync(GrainKeeperClient client, CancellationToken token)
    {
        while (!token.IsCancellationRequested)
        {
            await client.SetDataAsync("/top", default, cancellationToken: CancellationToken.None);
        }
    }

    /// <summary>A suggestion that takes too long is not made: on a machine that is busy with other things another key is pressed.</summary>
    private Task SuggestsAsync(string line, string names) => Waiting.UntilAsync(async () => await SuggestAsync(line) == names, $"{names} to be suggested");

    private async Task<string> SuggestAsync(string line) =>
        (await Gk.RunAsync([$"[suggest:{Prefix.Length + line.Length}]", Prefix + line])).Output;

    private string Prefix => $"--server {_servers} --cluster {TestSilo.Cluster} ";

    private Task<(int Code, string Output, string Error)> ShellAsync(string script) => SharedSilo.RunAsync(_servers, ["shell"], script);

    private Task<(int Code, string Output, string Error)> GkAsync(params string[] args) => SharedSilo.RunAsync(_servers, args);
}

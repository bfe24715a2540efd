using System.Text;
using System.Text.Json;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Transactions;
using GrainKeeper.Console.Commands;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Client.Tests.Transactions;

/// <summary>Transactions over trees through library and console, against a real silo.</summary>
public sealed class TxConsoleTests : IAsyncLifetime
{
    private TestSilo _silo = null!;

    public async Task InitializeAsync() => _silo = await TestSilo.StartNewAsync();

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task A_transaction_from_a_file_commits_aborts_and_is_shown()
    {
        await using var client = await GrainKeeperClient.ConnectAsync(_silo.ClientOptions);
        await client.CreateAsync("/a", "1"u8.ToArray());
        var (code, output, error) = await GkAsync(
            ["tx", "run", "-"], """{"participants":[{"tree":"root","operations":[{"setData":"/a","data":"2","version":0},{"create":"/b","data":"new"},{"check":"/a","version":1}]}]}""");
        Assert.True(code == ExitCode.Ok && output.EndsWith(" committed\n", StringComparison.Ordinal), output + error);

        // The decision is told when it is durable; the tree carries it out a moment later.
        await Waiting.UntilAsync(async () => (await ReadAsync(client, "/a"), await ReadAsync(client, "/b")) == ("2", "new"), "the changes");

        (code, output, error) = await GkAsync(["tx", "run", "-", "-o", "json"], """{"participants":[{"tree":"root","operations":[{"delete":"/b"},{"setData":"/a","version":7}]}]}""");
        Assert.True(code == ExitCode.Aborted, output + error);
        using (var told = JsonDocument.Parse(output))
        {
            Assert.Equal("aborted", told.RootElement.GetProperty("outcome").GetString());
            Assert.Contains("BadVersion", told.RootElement.GetProperty("votes")[0].GetProperty("reason").GetString(), StringComparison.Ordinal);
            var id = told.RootElement.GetProperty("id").GetString()!;

            // The observer of this ensemble is never started, and may know something.
            (code, output, error) = await GkAsync(["tx", "show", id]);
            Assert.True(code == ExitCode.Failed && error.Contains("server 2 did not answer", StringComparison.Ordinal) && output.Contains("tree.root", StringComparison.Ordinal) && !output.Contains("BadVersion", StringComparison.Ordinal), output + error);
            (code, output, error) = await GkAsync(["--auth", TestSilo.Administrator, "tx", "show", id]);
            Assert.True(output.Contains("BadVersion", StringComparison.Ordinal), output + error);
        }

        (_, output, _) = await GkAsync(["tx", "list", "--all", "-o", "json"]);
        using var listed = JsonDocument.Parse(output);
        Assert.Equal(["committed", "aborted"], listed.RootElement.EnumerateArray().Select(t => t.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task A_trees_ACLs_judge_by_the_identities_that_the_session_has_proven()
    {
        await using var owner = await GrainKeeperClient.ConnectAsync(_silo.ClientOptions);
        await owner.AddAuthAsync("digest", "alice:secret"u8.ToArray());
        await owner.CreateAsync("/mine", acl: new AclList([new AclEntry(Permissions.All, "auth", "")]));
        await using var stranger = await GrainKeeperClient.ConnectAsync(_silo.ClientOptions);
        var refused = Assert.IsType<TransactionOutcome.Aborted>(await (await stranger.Transactions.BeginAsync()).Tree("root", new TreeOperation.SetData("/mine", "x"u8.ToArray())).CommitAsync());
        Assert.Contains("NoAuth", refused.Votes[0].Reason, StringComparison.Ordinal);
        Assert.IsType<TransactionOutcome.Committed>(await (await owner.Transactions.BeginAsync()).Tree("root", new TreeOperation.SetData("/mine", "x"u8.ToArray())).CommitAsync());
        await using var wrong = new TransactionClient(_silo.ClientOptions, ("sasl", "x"u8.ToArray()));
        await Assert.ThrowsAsync<TransactionRefusedException>(async () => await (await wrong.BeginAsync()).Tree("root").CommitAsync());
    }

    [Theory]
    [InlineData("tx", "run", "no-such-file")]
    [InlineData("tx", "show", "root:7")]
    [InlineData("tx", "list", "--limit", "0")]
    [InlineData("tx", "resolve", "root:7", "commit")]
    [InlineData("tx", "resolve", "root:7:1", "perhaps")]
    [InlineData("tx", "list", "--output", "xml")]
    public async Task Wrong_command_lines_are_named(params string[] args)
    {
        var (code, output, error) = await GkAsync(args);
        Assert.True(code == (args[1] == "run" ? ExitCode.Failed : ExitCode.Usage) && output.Length == 0 && error.StartsWith("gk: ", StringComparison.Ordinal), error);
    }

    private static async Task<string?> ReadAsync(GrainKeeperClient client, string path)
    {
        await client.SyncAsync(path);
        return await client.ExistsAsync(path) is null ? null : Encoding.UTF8.GetString((await client.GetDataAsync(path)).Data.Span);
    }

    private async Task<(int Code, string Output, string Error)> GkAsync(string[] args, string input = "")
    {
        using var output = new MemoryStream();
        await using var error = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(() => new MemoryStream(Encoding.UTF8.GetBytes(input)), output, error, Interactive: false);
        var code = await GkConsole.RunAsync(["--server", $"localhost:{_silo.GatewayPort}", "--cluster", TestSilo.Cluster, .. args], terminal, CancellationToken.None);
        return (code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }
}

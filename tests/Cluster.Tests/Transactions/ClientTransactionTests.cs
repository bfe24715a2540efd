using System.Globalization;
using System.Text;
using System.Text.Json;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Transactions;
using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Console.Commands;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Transactions;
using GrainKeeper.Silo.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>Transactions through the real client and console, over gateways, to real silos.</summary>
public sealed class ClientTransactionTests : IAsyncLifetime
{
    private const string Administrator = "super:of the trees";
    private static readonly TransactionSettings Patient = new() { Timeout = TimeSpan.FromMinutes(1), BeginTimeout = TimeSpan.FromMinutes(1) };
    private Bank _bank = null!;

    public async Task InitializeAsync()
    {
        _bank = await Bank.OpenAsync(change: WithAdministrator);
        await _bank.Cluster.LeaderAsync();
    }

    public async Task DisposeAsync() => await _bank.DisposeAsync();

    [Fact]
    public async Task Transactions_run_once_are_listed_shown_and_resolved()
    {
        await using var client = await _bank.Cluster.ConnectAsync(_bank.Cluster.Ids);
        var committed = await RunTwiceUnderOneTicketAsync(client);
        await ShowTheDocumentsFlowAsync(client, committed);
        await RefuseStrangersAsync(client, committed);
        await ResolveByHandAsync(client);
    }

    private async Task<TransactionBuilder> RunTwiceUnderOneTicketAsync(GrainKeeperClient client)
    {
        foreach (var protocol in Enum.GetValues<CommitProtocol>())
        {
            var transaction = await client.Transactions.BeginAsync(Patient with { Protocol = protocol });
            Transfer(transaction, ("alice", -10), ("bob", 10));
            var both = await Task.WhenAll(transaction.CommitAsync(), Transfer(client.Transactions.Continue(transaction.Ticket, Patient with { Protocol = protocol }), ("alice", -10), ("bob", 10)).CommitAsync());
            Assert.All(both, o => Assert.Equal(new TransactionOutcome.Committed(transaction.Id), o));
            Assert.Equal(new TransactionOutcome.Committed(transaction.Id), await client.Transactions.GetAsync(transaction.Id));
        }

        await _bank.SettleAsync();
        Assert.Equal([70, 130], new[] { _bank.BalanceOf("alice"), _bank.BalanceOf("bob") });
        var last = await client.Transactions.BeginAsync(Patient);
        Assert.IsType<TransactionOutcome.Committed>(await Transfer(last, ("alice", -1), ("bob", 1)).CommitAsync());
        await _bank.SettleAsync();
        Assert.Contains((await client.Transactions.ListAsync()).Transactions, t => t.Id == last.Id && t is { Protocol: CommitProtocol.TwoPhase, Decision: Decision.Commit, IsFinished: true, IsContradictory: false });
        return last;
    }

    private async Task ShowTheDocumentsFlowAsync(GrainKeeperClient client, TransactionBuilder committed)
    {
        await FlowsAsync(
            async () => (await client.Transactions.ShowAsync(committed.Id)).Lines,
            "coordinator → account.alice: Prepare",
            "account.alice resource executes, keeping undo and redo",
            "account.alice forces prepared",
            "account.alice durable: prepared",
            "account.alice → coordinator: Vote Yes",
            "coordinator ← account.alice: Vote Yes",
            "coordinator forces commit",
            "coordinator durable: commit",
            "coordinator decides Commit",
            "coordinator → account.alice: Commit",
            "account.alice forces commit",
            "account.alice resource applies",
            "account.alice resource has finished, its locks are free",
            "account.alice → coordinator: Ack",
            "coordinator ← account.alice: Ack",
            "coordinator done: all have acknowledged");

        var (code, output, error) = await GkAsync(["tx", "run", "-", "--output", "json"], """{"participants":[{"grain":"account.alice","data":"-1000"},{"grain":"account.bob","data":"1000"}]}""");
        Assert.True(code == ExitCode.Aborted, error);
        using var told = JsonDocument.Parse(output);
        Assert.Equal(("aborted", "account.alice"), (told.RootElement.GetProperty("outcome").GetString(), told.RootElement.GetProperty("votes")[0].GetProperty("participant").GetString()));
        var ticket = told.RootElement.GetProperty("ticket").GetString()!;
        await FlowsAsync(
            async () => (await client.Transactions.ShowAsync(ticket)).Lines,
            "coordinator → account.alice: Prepare",
            "account.alice resource votes No (balance 69 is too low for -1000)",
            "account.alice forces abort",
            "account.alice → coordinator: Vote No",
            "coordinator ← account.alice: Vote No",
            "coordinator decides Abort",
            "coordinator → account.bob: Rollback",
            "account.bob resource undoes",
            "account.bob resource has finished, its locks are free",
            "account.bob → coordinator: Ack",
            "coordinator done: all have acknowledged");
        Assert.DoesNotContain("balance", await GkSoonAsync(["tx", "show", ticket.Split('/')[0]], "resource votes No"), StringComparison.Ordinal);
    }

    private async Task RefuseStrangersAsync(GrainKeeperClient client, TransactionBuilder owned)
    {
        // Ids can be guessed; seals cannot.
        var stolen = TransactionTicket.Parse(owned.Ticket.ToString().Replace(owned.Id, owned.Id[..^1] + "9", StringComparison.Ordinal));
        var refused = await Assert.ThrowsAsync<TransactionRefusedException>(() => Transfer(client.Transactions.Continue(stolen, Patient), ("bob", -1)).CommitAsync());
        Assert.Contains("was not allotted to this caller", refused.Message, StringComparison.Ordinal);
        var party = (await client.Transactions.ListAsync()).Transactions.SelectMany(t => t.Parties).First(p => p.Party == "account.alice");
        Assert.Contains("administrator", (await Assert.ThrowsAsync<TransactionRefusedException>(() => client.Transactions.ResolveAsync(party, Decision.Abort))).Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, (await GkAsync(["tx", "show", "root:1:999999"])).Code);
    }

    /// <summary>The home is another tree than the one that keeps the participants' records, and its leader's host ends before it has decided.</summary>
    private async Task ResolveByHandAsync(GrainKeeperClient client)
    {
        await client.AddAuthAsync("digest", Encoding.ASCII.GetBytes(Administrator));
        await new TreeDirectory(client).CreateAsync("ledger");
        await Eventually.Is(async () => (await _bank.Cluster.StatusAsync()).All(s => s.Trees.Contains("ledger")), () => _bank.Cluster.Describe(), Ensemble.Patience);
        var leader = await _bank.Cluster.LeaderAsync("ledger");
        _bank.Cluster[leader].Services.GetRequiredService<TransactionServers>().DiesBefore = (machine, effect) => machine.Id.Home == "ledger" && effect is CommitEffect.ForceLog && machine.Self == CommitParty.Coordinator;
        var doubtful = await client.Transactions.BeginAsync(Patient with { Home = "ledger", Timeout = TimeSpan.FromSeconds(1) });
        Assert.Equal(doubtful.Id, Assert.IsType<TransactionOutcome.InDoubt>(await Transfer(doubtful, ("alice", -1), ("carol", 1)).CommitAsync()).Id);

        // The caller may have given up before the participants have voted.
        await Eventually.Is(
            async () => (await client.Transactions.ListAsync()).Transactions.Any(t => t.Id == doubtful.Id && t.Parties.Count(p => p.InDoubt) == 2),
            () => _bank.Cluster.Describe("ledger"),
            Ensemble.Patience);

        // Who comes next waits for its locks, and then says for whom.
        var second = await client.Transactions.BeginAsync(Patient with { LockWait = TimeSpan.FromMilliseconds(100) });
        var stuck = Assert.IsType<TransactionOutcome.Aborted>(await Transfer(second, ("alice", -1), ("bob", 1)).CommitAsync());
        Assert.Equal([new TransactionNo("account.alice", $"{second.Id} waits for {doubtful.Id}, which holds account.alice")], stuck.Votes);

        var output = await GkSoonAsync(["tx", "list", "--in-doubt"], doubtful.Id);
        Assert.DoesNotContain(second.Id, output, StringComparison.Ordinal);
        var (code, _, error) = await GkAsync(["tx", "resolve", doubtful.Id, "commit"]);
        Assert.True(code == ExitCode.Usage && error.Contains("disagree for good", StringComparison.Ordinal), error);
        (code, _, error) = await GkAsync(["--auth", "digest:super:guess", "tx", "resolve", doubtful.Id, "commit", "--yes"]);
        Assert.True(code == ExitCode.Failed && error.Contains("only the administrator", StringComparison.Ordinal), error);
        (code, output, error) = await GkAsync(["--auth", "digest:" + Administrator, "tx", "resolve", doubtful.Id, "commit", "--yes"]);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Equal([$"{doubtful.Id} account.alice: committed by hand", $"{doubtful.Id} account.carol: committed by hand"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        (code, output, error) = await GkAsync(["tx", "resolve", doubtful.Id, "abort", "--yes"]);
        Assert.True(code == ExitCode.Failed && error.Contains("no participant is in doubt", StringComparison.Ordinal), error);
        await GkSoonAsync(["tx", "show", doubtful.Id, "-o", "json"], "the administrator decides by hand: Commit", "forces commit (by hand)");
        await Eventually.Is(() => _bank.BalanceOf("alice") == 68 && _bank.BalanceOf("carol") == 101, () => $"alice {_bank.BalanceOf("alice")}, carol {_bank.BalanceOf("carol")}", Ensemble.Patience);
    }

    private static ServerConfiguration WithAdministrator(ServerConfiguration configuration) => configuration with
    {
        Replica = configuration.Replica with { SuperDigest = "super:b8n9d90aGP2J8rOQe8IcvpL0hBM=" },
    };

    private static TransactionBuilder Transfer(TransactionBuilder transaction, params (string Account, int Amount)[] changes)
    {
        foreach (var (account, amount) in changes)
        {
            transaction.Grain("account", account, Encoding.ASCII.GetBytes(amount.ToString(CultureInfo.InvariantCulture)));
        }

        return transaction;
    }

    /// <summary>Waits until the flow's last step is there: the caller is told before all have acknowledged.</summary>
    private static async Task FlowsAsync(Func<Task<IReadOnlyList<TransactionLine>>> show, params string[] flow)
    {
        IReadOnlyList<TransactionLine> lines = [];
        await Eventually.Is(
            async () => (lines = await show()).Any(l => $"{l.Party} {l.What}".StartsWith(flow[^1], StringComparison.Ordinal)), () => string.Join('\n', lines.Select(l => $"{l.Party} {l.What}")));
        AssertFlow(lines, flow);
    }

    private static void AssertFlow(IReadOnlyList<TransactionLine> lines, params string[] flow)
    {
        var at = -1;
        var all = lines.Select(l => $"{l.Party} {l.What}").ToList();
        foreach (var step in flow)
        {
            var next = all.FindIndex(at + 1, l => l.StartsWith(step, StringComparison.Ordinal));
            Assert.True(next > at, $"'{step}' does not follow line {at} of\n{string.Join('\n', all)}");
            at = next;
        }
    }

    /// <summary>Asks until all servers answer, which a machine that stands still may keep one from doing in time.</summary>
    private async Task<string> GkSoonAsync(string[] args, params string[] expected)
    {
        var (code, output, error) = (0, string.Empty, string.Empty);
        await Eventually.Is(
            async () =>
            {
                (code, output, error) = await GkAsync(args);
                return code == ExitCode.Ok && expected.All(e => output.Contains(e, StringComparison.Ordinal));
            },
            () => $"exit code {code}\n{output}{error}",
            Ensemble.Patience);
        return output;
    }

    private async Task<(int Code, string Output, string Error)> GkAsync(string[] args, string input = "")
    {
        var configuration = _bank.Cluster.ConfigurationOf(1);
        var gateways = string.Join(',', configuration.Servers.Select(s => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{s.GatewayPort}")));
        using var output = new MemoryStream();
        await using var error = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(() => new MemoryStream(Encoding.UTF8.GetBytes(input)), output, error, Interactive: false);
        var code = await GkConsole.RunAsync(["--server", gateways, "--cluster", configuration.ClusterId, "--timeout", "60", .. args], terminal, CancellationToken.None);
        return (code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }
}

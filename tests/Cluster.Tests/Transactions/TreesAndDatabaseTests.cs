using System.Globalization;
using System.Text;
using System.Text.Json;
using GrainKeeper.Console.Commands;
using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>One transaction over two trees, which different silos lead, and a PostgreSQL database.</summary>
public sealed class TreesAndDatabaseTests : IAsyncLifetime
{
    private static readonly CommitProtocol[] Protocols = [CommitProtocol.TwoPhase, CommitProtocol.PaxosCommit];
    private BankDatabase _database = null!;
    private TreeBank _bank = null!;

    public async Task InitializeAsync()
    {
        _database = await BankDatabase.OpenAsync();
        _bank = await TreeBank.OpenPatientAsync(_database.Options);
    }

    public async Task DisposeAsync()
    {
        await _bank.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>The left account pays one to the right one and one to the vault, or nobody pays anything.</summary>
    [Fact]
    public async Task All_three_commit_or_abort_together_whoever_votes_No_and_whatever_dies_between_the_votes_and_the_commit()
    {
        foreach (var protocol in Protocols)
        {
            await RunAsync(protocol, version: 0, vault: 1, TransactionStatus.Committed, null);
            await RunAsync(protocol, version: 7, vault: 1, TransactionStatus.Aborted, "tree.right");
            await RunAsync(protocol, version: 0, vault: -1_000, TransactionStatus.Aborted, BankDatabase.Participant);
        }

        await ShowTheDatabaseAsync();
        foreach (var protocol in Protocols)
        {
            await SurviveAsync(protocol);
        }
    }

    private static TransactionSubmission Payment(TransactionAnswer id, CommitProtocol protocol, string account, int version, int vault) =>
        TreeBank.WithVault(TreeBank.Submission(id, protocol, TreeBank.Set((account, "98", 0)), TreeBank.Set((account, "101", version))), vault);

    private async Task RunAsync(CommitProtocol protocol, int version, int vault, TransactionStatus expected, string? refusing)
    {
        var account = (await _bank.OpenAccountsAsync(1))[0];
        var before = await _database.VaultAsync();
        var answer = await _bank.RunAsync(Payment(await _bank.AllotAsync(), protocol, account, version, vault));
        Assert.True(answer.Status == expected, $"{protocol}: {answer}");
        Assert.Equal(refusing is null ? [] : [refusing], answer.Votes.Select(v => v.Participant));
        await AgreeAsync(account, before, expected == TransactionStatus.Committed);
    }

    private async Task AgreeAsync(string account, int vault, bool committed)
    {
        await _bank.SettleAsync();
        var moved = committed ? 1 : 0;
        int[] held = [(await _bank.BalancesAsync(TreeBank.Left, [account]))[0], (await _bank.BalancesAsync(TreeBank.Right, [account]))[0], await _database.VaultAsync()];
        Assert.Equal([100 - (2 * moved), 100 + moved, vault + moved], held);
        Assert.Equal(200 + vault, held.Sum());
        await Eventually.Is(async () => await _database.PreparedAsync() == 0, () => $"something stays prepared in the database\n{_bank.Cluster.Describe()}", Ensemble.Patience);
    }

    /// <summary>
    /// A tree says nothing until the database has prepared. Then the database is killed, and the tree's leader; the next leader votes Yes, and the transaction commits while the database is away. That carries it out
    /// when it is back.
    /// </summary>
    private async Task SurviveAsync(CommitProtocol protocol)
    {
        for (var attempt = 1; !await TryToSurviveAsync(protocol); attempt++)
        {
            // On a loaded machine the coordinator may have changed as well: then it aborts, as it must.
            Assert.True(attempt < 5, $"{protocol} never commits\n{_bank.Cluster.Describe()}");
        }
    }

    /// <returns>Whether it has committed.</returns>
    private async Task<bool> TryToSurviveAsync(CommitProtocol protocol)
    {
        await _bank.PartAsync();
        var home = await _bank.Cluster.LeaderAsync();
        var branch = await _bank.Cluster.LeaderAsync(TreeBank.Left) != home ? TreeBank.Left : TreeBank.Right;
        var there = await _bank.Cluster.LeaderAsync(branch);
        var account = (await _bank.OpenAccountsAsync(1))[0];
        var vault = await _database.VaultAsync();
        var id = await _bank.AllotAsync();
        var silence = new Silence();
        silence.Attach(_bank);

        // Its second effect is to force its prepared record.
        silence.Plan(TransactionId.Parse(id.Transaction!), TreeBank.PartyOf(branch), 2);
        var payment = Payment(id, protocol, account, 0, 1);
        await _bank.Door(home).SubmitTransaction(payment, 0);
        await Eventually.Is(
            async () => (await _bank.HostOf(home, TreeName.Root).ListAsync(10_000)).Any(p => p is { Party: BankDatabase.Participant, InDoubt: true } && p.Transaction == id.Transaction),
            () => $"the database does not vote Yes\n{_bank.Cluster.Describe()}",
            Ensemble.Patience);
        Assert.Equal(1, await _database.PreparedAsync());
        Assert.True(await silence.CalmAsync(least: 1, calm: 100, patience: Ensemble.Patience), silence.Describe());
        silence.End();
        await _database.KillAsync();
        await _bank.Cluster.KillAsync(there);
        await _bank.Cluster.LeaderAsync(branch);
        var answer = await _bank.RunAsync(payment);
        Assert.True(answer.Status is TransactionStatus.Committed or TransactionStatus.Aborted, $"{answer}\n{_bank.Cluster.Describe()}");
        await _database.StartAgainAsync();
        await _bank.Cluster.StartAsync(there);
        await AgreeAsync(account, vault, answer.Status == TransactionStatus.Committed);
        return answer.Status == TransactionStatus.Committed;
    }

    /// <summary>While its tree keeps silent, the transaction stays prepared in the database, and ages.</summary>
    private async Task ShowTheDatabaseAsync()
    {
        var account = (await _bank.OpenAccountsAsync(1))[0];
        var vault = await _database.VaultAsync();
        var id = await _bank.AllotAsync();
        var home = await _bank.Cluster.LeaderAsync();
        var silence = new Silence();
        silence.Attach(_bank);
        silence.Plan(TransactionId.Parse(id.Transaction!), TreeBank.PartyOf(TreeBank.Left), 2);
        await _bank.Door(home).SubmitTransaction(Payment(id, CommitProtocol.TwoPhase, account, 0, 1), 0);
        JsonElement told = default;
        await Eventually.Is(
            async () =>
            {
                told = (await DatabasesAsync("--output", "json")).RootElement[0].Clone();
                return told.GetProperty("prepared").GetArrayLength() == 1;
            },
            () => told.ToString(),
            Ensemble.Patience);
        Assert.Equal(
            (BankDatabase.Participant, "root", true, 100, id.Transaction),
            (told.GetProperty("participant").GetString(), told.GetProperty("logTree").GetString(), told.GetProperty("takesPart").GetBoolean(), told.GetProperty("maxPreparedTransactions").GetInt32(), told.GetProperty("prepared")[0].GetProperty("transaction").GetString()));
        Assert.InRange(told.GetProperty("oldestAgeMilliseconds").GetInt64(), 0, Ensemble.Patience);
        var age = told.GetProperty("oldestAgeMilliseconds").GetInt64();
        await Eventually.Is(async () => (await DatabasesAsync("-o", "json")).RootElement[0].GetProperty("oldestAgeMilliseconds").GetInt64() > age, () => $"it does not grow older than {age} ms", Ensemble.Patience);
        Assert.Contains(id.Transaction!, await GkAsync(ExitCode.Ok, "tx", "databases"), StringComparison.Ordinal);
        silence.End();
        await _bank.MoveAsync(TreeBank.Left);
        await AgreeAsync(account, vault, (await _bank.RunAsync(Payment(id, CommitProtocol.TwoPhase, account, 0, 1))).Status == TransactionStatus.Committed);

        // A database that cannot be reached says why, and the command ends with an error.
        await _database.KillAsync();
        await Eventually.Is(
            async () => (told = (await DatabasesAsync("-o", "json")).RootElement[0].Clone()).GetProperty("takesPart").GetBoolean() == false,
            () => told.ToString(),
            Ensemble.Patience);
        Assert.Contains("the database cannot be reached", told.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Contains("cannot be reached", await GkAsync(ExitCode.Failed, "tx", "databases"), StringComparison.Ordinal);
        await _database.StartAgainAsync();
        await Eventually.Is(async () => (await DatabasesAsync("-o", "json")).RootElement[0].GetProperty("takesPart").GetBoolean(), () => _bank.Cluster.Describe(), Ensemble.Patience);
    }

    private async Task<JsonDocument> DatabasesAsync(params string[] args) => JsonDocument.Parse(await GkAsync(null, ["tx", "databases", .. args]));

    private async Task<string> GkAsync(int? expected, params string[] args)
    {
        var configuration = _bank.Cluster.ConfigurationOf(1);
        var gateways = string.Join(',', configuration.Servers.Select(s => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{s.GatewayPort}")));
        using var output = new MemoryStream();
        await using var error = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(() => new MemoryStream(), output, error, Interactive: false);
        var code = await GkConsole.RunAsync(["--server", gateways, "--cluster", configuration.ClusterId, "--timeout", "60", .. args], terminal, CancellationToken.None);
        var text = Encoding.UTF8.GetString(output.ToArray());
        Assert.True(expected is null || code == expected, $"{code}\n{text}\n{error}");
        return text;
    }
}

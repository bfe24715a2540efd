using System.Globalization;
using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Client.Transactions;
using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Transactions;
using Microsoft.Extensions.DependencyInjection;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>Three servers with a till, which is a node of a tree, and two vaults, each in a PostgreSQL database. All of them hold as much at the beginning. Needs the Debian package postgresql.</summary>
public sealed class VaultBank : IAsyncLifetime
{
    internal const string Tree = "tree." + TreeBank.Left;
    private const int Balance = 1_000;
    private const string Till = "/till";

    // Nobody but the databases dies, so that nothing is lost between servers and has to be sent again soon, and 3PC's bound on messages and writes may be as long as a busy machine needs.
    private static readonly CommitOptions Waits = TreeBank.ShortWaits with
    {
        VoteTimeout = 20_000, LockWait = 3_000, ResourcePatience = 3_000, ResendInterval = 2_000, MaxResendInterval = 2_000, InquiryInterval = 2_000, AcceptorPatience = 3_000, BundleWait = 200, RoundTrip = 20_000,
    };

    private GrainKeeperClient _left = null!;

    internal VaultServer Databases { get; private set; } = null!;

    internal TreeBank Trees { get; private set; } = null!;

    internal GrainKeeperClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Databases = await VaultServer.OpenAsync(Balance);
        Trees = await TreeBank.OpenAsync(Waits, Databases.Bank.Options, Databases.Branch.Options);
        Client = await Trees.Cluster.ConnectAsync(Trees.Cluster.Ids);
        await Client.AddAuthAsync("digest", "teller:secret"u8.ToArray());
        _left = await Trees.Cluster.ConnectAsync(Trees.Cluster.Ids, TreeBank.Left);
        await _left.CreateAsync(Till, Encode(Balance));
        var problems = "";
        await Eventually.Is(
            async () =>
            {
                var all = (await Client.Transactions.ListDatabasesAsync()).Databases;
                problems = string.Join('\n', all);
                return all.Count == 2 && all.All(d => d is { Server: not null, Problem: null });
            },
            () => problems,
            Ensemble.Patience);
    }

    public async Task DisposeAsync()
    {
        await _left.DisposeAsync();
        await Client.DisposeAsync();
        await Trees.DisposeAsync();
        await Databases.DisposeAsync();
    }

    /// <summary>What the till, the bank and its branch hold.</summary>
    internal async Task<int[]> BalancesAsync() => [(await TillAsync()).Balance, await Databases.Bank.BalanceAsync(), await Databases.Branch.BalanceAsync()];

    /// <summary>Begins to move money.</summary>
    /// <param name="settings">Of the transaction.</param>
    /// <param name="changes">Of the till, the bank and its branch; whose is 0 takes no part.</param>
    /// <param name="refused">Whether the tree is to vote No.</param>
    internal async Task<TransactionBuilder> BeginAsync(TransactionSettings settings, int[] changes, bool refused)
    {
        var transaction = await Client.Transactions.BeginAsync(settings);
        if (changes[0] != 0)
        {
            var (balance, version) = await TillAsync();
            transaction.Tree(TreeBank.Left, new TreeOperation.SetData(Till, Encode(balance + changes[0]), refused ? version + 1 : version));
        }

        foreach (var (vault, change) in new[] { (Databases.Bank, changes[1]), (Databases.Branch, changes[2]) }.Where(v => v.Item2 != 0))
        {
            transaction.Database(vault.Options.Name, Vault.Add(change));
        }

        return transaction;
    }

    /// <summary>The parties of a transaction that have something more to do; empty when none has.</summary>
    internal async Task<string> UnfinishedAsync(string id)
    {
        var lists = await Task.WhenAll(Trees.Cluster.Running.SelectMany(s => s.Services.GetRequiredService<TransactionServers>().Hosts).Select(h => h.ListAsync(20)));
        return string.Join('\n', lists.SelectMany(l => l).Where(p => !p.Finished && p.Transaction == id));
    }

    /// <summary>Waits until nobody has anything more to do, and nothing is in doubt, prepared or locked anywhere.</summary>
    internal async Task SettleAsync(string id)
    {
        var open = "";
        await Eventually.Is(async () => (open = await UnfinishedAsync(id)).Length == 0, () => $"{open}\n{Trees.Cluster.Describe()}", Ensemble.Patience);
        await Eventually.Is(async () => (open = await Databases.Bank.HeldAsync()).Length == 0, () => $"{open}\n{Trees.Cluster.Describe()}", Ensemble.Patience);
        await Trees.SettleAsync();
    }

    private static byte[] Encode(int balance) => Encoding.ASCII.GetBytes(balance.ToString(CultureInfo.InvariantCulture));

    private async Task<(int Balance, int Version)> TillAsync()
    {
        await _left.SyncAsync();
        var node = await _left.GetDataAsync(Till);
        return (int.Parse(Encoding.ASCII.GetString(node.Data.Span), CultureInfo.InvariantCulture), node.Stat.Version);
    }
}

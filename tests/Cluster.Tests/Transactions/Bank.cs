using System.Globalization;
using System.Text;
using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Cluster.Tests.Hosting;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Transactions;
using GrainKeeper.Grains.Transactions.Participants;
using GrainKeeper.Grains.Transactions.Postgres;
using GrainKeeper.Silo.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Storage;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>Three servers with accounts as users' grains, over the product's own hosting.</summary>
internal sealed class Bank : IAsyncDisposable
{
    public static readonly string[] Accounts = ["alice", "bob", "carol"];

    private Bank(BankDatabase? database, Func<ServerConfiguration, ServerConfiguration>? change) => Cluster = new MiniCluster(3, change, withGrains: true, configureSilo: silo =>
    {
        silo.AddTransactionParticipant<IAccountGrain>("account", TreeName.Root, "world:anyone");
        if (database is not null)
        {
            silo.AddPostgresParticipant(database.Options);
        }

        silo.Services.AddKeyedSingleton<IGrainStorage>(SharedStorage.Name, Storage);
    });

    public MiniCluster Cluster { get; }

    public SharedStorage Storage { get; } = new();

    public static async Task<Bank> OpenAsync(BankDatabase? database = null, Func<ServerConfiguration, ServerConfiguration>? change = null)
    {
        var bank = new Bank(database, change);
        try
        {
            await bank.Cluster.StartAsync([.. bank.Cluster.Ids]);
            return bank;
        }
        catch
        {
            await bank.DisposeAsync();
            throw;
        }
    }

    public static TransactionSubmission Transfer(TransactionAnswer id, CommitProtocol protocol, params (string Account, int Amount)[] changes) => new(
        id.Transaction!,
        (int)protocol,
        [.. changes.Select(c => "account." + c.Account)],
        [.. changes.Select(c => Encoding.ASCII.GetBytes(c.Amount.ToString(CultureInfo.InvariantCulture)))],
        protocol == CommitProtocol.PaxosCommit ? [.. id.Sites.Take(3)] : []) { Until = id.Until, Seal = id.Seal };

    /// <summary>The same with a change of the vault, which is in the database.</summary>
    public static TransactionSubmission WithVault(TransactionSubmission transfer, int amount) => transfer with
    {
        Participants = [.. transfer.Participants, BankDatabase.Participant],
        Operations = [.. transfer.Operations, BankDatabase.Add(amount)],
        Proofs = [BankDatabase.Teller],
    };

    /// <summary>Calls the leader, whoever it is, until it answers.</summary>
    public async Task<TransactionAnswer> AskLeaderAsync(Func<ITransactionGrain, Task<TransactionAnswer>> ask)
    {
        TransactionAnswer? answer = null;
        await Eventually.Is(
            async () =>
            {
                var server = Cluster.Running.First();
                if (server.Services.GetRequiredService<TransactionServers>().LeaderOf(TreeName.Root) is not { } leader)
                {
                    return false;
                }

                try
                {
                    answer = await ask(server.Grains.GetGrain<ITransactionGrain>(ServerGrainKey.Format(TreeName.Root, leader))).WaitAsync(TimeSpan.FromSeconds(3));
                }
                catch (Exception e) when (e is not Xunit.Sdk.XunitException)
                {
                    return false;
                }

                return answer.Status is not (TransactionStatus.NotLeader or TransactionStatus.Running or TransactionStatus.InDoubt);
            },
            () => $"last answer: {answer}\n{Cluster.Describe()}",
            Ensemble.Patience);
        return answer!;
    }

    public Task<TransactionAnswer> AllotAsync() => AskLeaderAsync(g => g.AllotTransaction());

    public Task<TransactionAnswer> RunAsync(TransactionSubmission submission) => AskLeaderAsync(g => g.SubmitTransaction(submission, 1_000));

    public CommitHost LeadersHost(int leader) => Cluster[leader].Services.GetRequiredService<TransactionServers>().HostOf(TreeName.Root)!;

    /// <summary>Waits until no party has anything to do.</summary>
    public async Task SettleAsync()
    {
        var open = "";
        await Eventually.Is(
            async () =>
            {
                var leader = await Cluster.LeaderAsync();
                var summaries = await LeadersHost(leader).ListAsync(10_000);
                open = string.Join('\n', summaries.Where(s => s is { Finished: false, Party: not "coordinator" }));
                return open.Length == 0;
            },
            () => open + "\n" + Cluster.Describe(),
            Ensemble.Patience);
    }

    public int BalanceOf(string account) => Storage.Balances.GetValueOrDefault(account, 100);

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

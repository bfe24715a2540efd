using System.Buffers;
using System.Globalization;
using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Cluster.Tests.Hosting;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Grains.Transactions;
using GrainKeeper.Grains.Transactions.Postgres;
using GrainKeeper.Grains.Trees;
using GrainKeeper.Silo.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>Three servers and a bank with a branch in each of two trees, which are led by different servers. Coordinators live in the root tree.</summary>
internal sealed class TreeBank : IAsyncDisposable
{
    public const string Left = "left";
    public const string Right = "right";
    public const string Super = "super:of the trees";
    public static readonly TransactionProof[] Administrator = [new("digest", Encoding.ASCII.GetBytes(Super))];

    /// <summary>How long a client's write waits for a locked path.</summary>
    public const int LockWait = 400;

    /// <summary>Waits that suit silos that die.</summary>
    public static readonly CommitOptions ShortWaits = new()
    {
        VoteTimeout = 3_000, LockWait = 1_000, ResourcePatience = 1_000, ResendInterval = 200, MaxResendInterval = 1_000, InquiryInterval = 200, AcceptorPatience = 2_000, Retention = 600_000,
    };

    private static readonly string[] Trees = [TreeName.Root, Left, Right];
    private int _opened;

    private TreeBank(CommitOptions waits, PostgresOptions[] databases) => Cluster = new MiniCluster(3, c => WithWaits(c, waits), withGrains: true, configureSilo: silo =>
    {
        foreach (var database in databases)
        {
            silo.AddPostgresParticipant(database);
        }
    });

    public MiniCluster Cluster { get; }

    public static Task<TreeBank> OpenAsync() => OpenAsync(ShortWaits);

    /// <summary>A bank in which nobody gives up because the machine is slow: for tests whose transactions shall commit.</summary>
    public static Task<TreeBank> OpenPatientAsync(params PostgresOptions[] databases) =>
        OpenAsync(ShortWaits with { VoteTimeout = 30_000, LockWait = 10_000, ResourcePatience = 10_000, AcceptorPatience = 30_000 }, databases);

    public static async Task<TreeBank> OpenAsync(CommitOptions waits, params PostgresOptions[] databases)
    {
        var bank = new TreeBank(waits, databases);
        try
        {
            await bank.Cluster.StartAsync([.. bank.Cluster.Ids]);
            await bank.Cluster.LeaderAsync();
            await using var root = await bank.Cluster.ConnectAsync(bank.Cluster.Ids);
            await root.AddAuthAsync("digest", Encoding.ASCII.GetBytes(Super));
            var directory = new TreeDirectory(root);
            foreach (var branch in (string[])[Left, Right])
            {
                await directory.CreateAsync(branch);
                await Eventually.Is(async () => (await bank.Cluster.StatusAsync()).All(s => s.Trees.Contains(branch)), () => bank.Cluster.Describe(), Ensemble.Patience);
            }

            await bank.PartAsync();
            return bank;
        }
        catch
        {
            await bank.DisposeAsync();
            throw;
        }
    }

    public static CommitParty PartyOf(string tree) => CommitParty.Of(new ParticipantId("tree." + tree));

    /// <summary>The body of a multi that replaces nodes' data.</summary>
    public static byte[] Set(params (string Path, string Data, int Version)[] nodes)
    {
        var body = new ArrayBufferWriter<byte>();
        var writer = new JuteWriter(body);
        foreach (var (path, data, version) in nodes)
        {
            MultiHeader.Request(OpCode.SetData).Write(writer);
            new SetDataRequest(Encoding.UTF8.GetBytes(path), Encoding.UTF8.GetBytes(data), dataIsNull: false, version).Write(writer);
        }

        MultiHeader.End.Write(writer);
        return body.WrittenSpan.ToArray();
    }

    public static TransactionSubmission Submission(TransactionAnswer id, CommitProtocol protocol, byte[] left, byte[] right) => new(
        id.Transaction!, (int)protocol, ["tree." + Left, "tree." + Right], [left, right], protocol == CommitProtocol.PaxosCommit ? [.. id.Sites.Take(3)] : [])
    {
        Until = id.Until, Seal = id.Seal,
    };

    /// <summary>Moves 1 from an account at the left branch to its namesake at the right one.</summary>
    public static TransactionSubmission Transfer(TransactionAnswer id, CommitProtocol protocol, string account) =>
        Submission(id, protocol, Set((account, "99", 0)), Set((account, "101", 0)));

    /// <summary>The same with a change of the vault, which is in a database.</summary>
    public static TransactionSubmission WithVault(TransactionSubmission transfer, int amount) => transfer with
    {
        Participants = [.. transfer.Participants, BankDatabase.Participant],
        Operations = [.. transfer.Operations, BankDatabase.Add(amount)],
        Proofs = [BankDatabase.Teller],
    };

    /// <summary>Opens accounts with 100 each at both branches.</summary>
    public async Task<string[]> OpenAccountsAsync(int count)
    {
        var wave = ++_opened;
        string[] accounts = [.. Enumerable.Range(1, count).Select(n => string.Create(CultureInfo.InvariantCulture, $"/account-{wave}-{n}"))];
        foreach (var branch in (string[])[Left, Right])
        {
            await using var client = await Cluster.ConnectAsync(Cluster.Running.Select(s => s.Id), branch);
            var opened = await client.MultiAsync([.. accounts.Select(a => new TreeOperation.Create(a, Encoding.ASCII.GetBytes("100")))]);
            Assert.True(opened.Succeeded);
        }

        return accounts;
    }

    /// <summary>The balances at a branch.</summary>
    public async Task<int[]> BalancesAsync(string branch, string[] accounts)
    {
        await using var client = await Cluster.ConnectAsync(Cluster.Running.Select(s => s.Id), branch);
        await client.SyncAsync();
        var nodes = await Task.WhenAll(accounts.Select(a => client.GetDataAsync(a)));
        return [.. nodes.Select(n => int.Parse(Encoding.ASCII.GetString(n.Data.Span), CultureInfo.InvariantCulture))];
    }

    public ITransactionGrain Door(int server) =>
        Cluster.Running.First().Grains.GetGrain<ITransactionGrain>(ServerGrainKey.Format(TreeName.Root, new ServerId(server)));

    public ITransactionMonitorGrain Monitor(int server) =>
        Cluster.Running.First().Grains.GetGrain<ITransactionMonitorGrain>(ServerGrainKey.Format(TreeName.Root, new ServerId(server)));

    public CommitHost HostOf(int server, string tree) => Cluster[server].Services.GetRequiredService<TransactionServers>().HostOf(tree)!;

    public Task<TransactionAnswer> AllotAsync() => AskLeaderAsync(g => g.AllotTransaction());

    public Task<TransactionAnswer> RunAsync(TransactionSubmission submission) => AskLeaderAsync(g => g.SubmitTransaction(submission, 1_000));

    /// <summary>Has the leader of a tree give it up, as when it shuts down, and comes back only when another server leads.</summary>
    public async Task<int> MoveAsync(string tree)
    {
        var old = await Cluster.LeaderAsync(tree);
        var part = Cluster[old].Services.GetRequiredService<TreeServers>().Find(tree)!;

        // Without its election the old leader has no vote and cannot be elected again.
        await part.Election!.StopAsync();
        await part.Replica!.ShutDownAsync();
        var others = Cluster.Running.Where(s => s.Id != old).ToArray();
        await Eventually.Is(
            async () => (await Task.WhenAll(others.Select(s => s.StatusAsync(tree)))).Any(s => s is { Role: ServerRole.Leading, Phase: ServerPhase.Broadcast }),
            () => Cluster.Describe(tree),
            Ensemble.Patience);
        await part.ResetAsync();
        var next = await Cluster.LeaderAsync(tree);
        Assert.NotEqual(old, next);
        return next;
    }

    /// <summary>Sees to it that the branches are led by different servers.</summary>
    public async Task PartAsync()
    {
        foreach (var tree in Trees)
        {
            await Cluster.LeaderAsync(tree);
        }

        if (await Cluster.LeaderAsync(Left) == await Cluster.LeaderAsync(Right))
        {
            await MoveAsync(Left);
        }
    }

    /// <summary>Waits until no party has anything to do, nothing is in doubt on any server, and nothing is locked.</summary>
    public async Task SettleAsync()
    {
        var open = "";
        await Eventually.Is(
            async () =>
            {
                var all = new List<string>();
                foreach (var tree in Trees)
                {
                    var leader = await Cluster.LeaderAsync(tree);
                    all.AddRange((await HostOf(leader, tree).ListAsync(10_000)).Where(s => s is { Finished: false, Party: not "coordinator" }).Select(s => s.ToString()));
                    foreach (var server in Cluster.Running)
                    {
                        var view = await server.Services.GetRequiredService<TreeServers>().InspectAsync(tree, ReplicaReportParts.InDoubt, 10_000, CancellationToken.None);
                        all.AddRange(view!.Report.InDoubt.Select(t => $"{t} on {server.Id}"));
                        if (view.Report.Leader is { LockedPaths: > 0 or < 0 } locks)
                        {
                            all.Add($"{locks.LockedPaths} paths of {tree} are locked");
                        }
                    }
                }

                open = string.Join('\n', all);
                return all.Count == 0;
            },
            () => open + "\n" + Cluster.Describe(),
            Ensemble.Patience);
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    private static ServerConfiguration WithWaits(ServerConfiguration configuration, CommitOptions waits) => configuration with
    {
        Replica = configuration.Replica with { SuperDigest = "super:b8n9d90aGP2J8rOQe8IcvpL0hBM=", MaxLockWait = LockWait },
        Transactions = new TransactionOptions { Commit = waits },
    };

    // The leader, whoever it is, until it answers.
    private async Task<TransactionAnswer> AskLeaderAsync(Func<ITransactionGrain, Task<TransactionAnswer>> ask)
    {
        TransactionAnswer? answer = null;
        await Eventually.Is(
            async () =>
            {
                if (Cluster.Running.First().Services.GetRequiredService<TransactionServers>().LeaderOf(TreeName.Root) is not { } leader)
                {
                    return false;
                }

                try
                {
                    answer = await ask(Door(leader.Value)).WaitAsync(TimeSpan.FromSeconds(3));
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
}

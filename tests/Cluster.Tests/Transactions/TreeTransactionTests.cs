using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;
using GrainKeeper.Grains.Transactions;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>Trees as participants, on real silos.</summary>
public sealed class TreeTransactionTests
{
    [Fact]
    public async Task A_commit_is_one_transaction_of_each_tree_with_its_watches_and_an_abort_leaves_no_trace()
    {
        await using var bank = await TreeBank.OpenPatientAsync();
        await using var left = await bank.Cluster.ConnectAsync(1, TreeBank.Left);
        await using var right = await bank.Cluster.ConnectAsync(1, TreeBank.Right);
        foreach (var protocol in Enum.GetValues<CommitProtocol>())
        {
            var (a, b) = ($"/{protocol}-a", $"/{protocol}-b");
            await left.MultiAsync([new TreeOperation.Create(a, default), new TreeOperation.Create(b, default)]);
            await right.CreateAsync(a);
            var events = new ConcurrentQueue<WatchEvent>();
            await left.GetDataAsync(a, events.Enqueue);
            await left.GetDataAsync(b, events.Enqueue);

            var refused = await bank.RunAsync(TreeBank.Submission(await bank.AllotAsync(), protocol, TreeBank.Set((a, "no", 0)), TreeBank.Set((a, "no", 7))));
            Assert.Equal(TransactionStatus.Aborted, refused.Status);
            Assert.Equal(new TransactionNo("tree.right", $"operation 1 on {a}: BadVersion"), Assert.Single(refused.Votes));
            await bank.SettleAsync();
            Assert.Empty(events);

            var done = await bank.RunAsync(TreeBank.Submission(await bank.AllotAsync(), protocol, TreeBank.Set((a, "1", 0), (b, "2", 0)), TreeBank.Set((a, "3", 0))));
            Assert.Equal(TransactionStatus.Committed, done.Status);
            await bank.SettleAsync();
            await left.SyncAsync();
            await right.SyncAsync();
            var (first, second, third) = (await left.GetDataAsync(a), await left.GetDataAsync(b), await right.GetDataAsync(a));
            Assert.Equal(["1", "2", "3"], new[] { first, second, third }.Select(n => Encoding.UTF8.GetString(n.Data.Span)));
            Assert.Equal((1, 1, 1), (first.Stat.Version, second.Stat.Version, third.Stat.Version));
            Assert.Equal(first.Stat.Mzxid, second.Stat.Mzxid);
            await Eventually.Is(() => events.Count >= 2, () => $"{events.Count} events");
            Assert.Equal(
                [(WatchEventType.NodeDataChanged, a, first.Stat.Mzxid), (WatchEventType.NodeDataChanged, b, first.Stat.Mzxid)],
                events.Select(e => (e.Type, e.Path, e.Zxid < 0 ? first.Stat.Mzxid : e.Zxid)).OrderBy(e => e.Path));

            // A tree that has nothing to do takes part all the same.
            var half = await bank.RunAsync(TreeBank.Submission(await bank.AllotAsync(), protocol, TreeBank.Set(), TreeBank.Set((a, "4", 1))));
            Assert.Equal(TransactionStatus.Committed, half.Status);
            await bank.SettleAsync();
        }
    }

    [Fact]
    public async Task Operations_run_under_the_identities_that_the_server_has_seen_proven_and_no_others()
    {
        await using var bank = await TreeBank.OpenPatientAsync();
        await using var left = await bank.Cluster.ConnectAsync(1, TreeBank.Left);
        await left.AddAuthAsync("digest", Encoding.ASCII.GetBytes("bob:secret"));
        await left.CreateAsync("/bobs", acl: new AclList([new AclEntry(Permissions.All, "auth", "")]));
        await using var right = await bank.Cluster.ConnectAsync(1, TreeBank.Right);
        await right.CreateAsync("/n");
        var list = TreeBank.Set(("/bobs", "x", -1));
        async Task<TransactionAnswer> RunAsync(byte[] operations, params TransactionProof[] proofs) => await bank.RunAsync(
            TreeBank.Submission(await bank.AllotAsync(), CommitProtocol.TwoPhase, operations, TreeBank.Set(("/n", "x", -1))) with { Proofs = proofs });

        var nobody = await RunAsync(list);
        Assert.Equal((TransactionStatus.Aborted, "operation 1 on /bobs: NoAuth"), (nobody.Status, Assert.Single(nobody.Votes).Reason));
        var other = await RunAsync(list, new TransactionProof("digest", Encoding.ASCII.GetBytes("bob:guess")));
        Assert.Equal((TransactionStatus.Aborted, "operation 1 on /bobs: NoAuth"), (other.Status, Assert.Single(other.Votes).Reason));
        Assert.Equal(TransactionStatus.Committed, (await RunAsync(list, new TransactionProof("digest", Encoding.ASCII.GetBytes("bob:secret")))).Status);
        Assert.Equal(TransactionStatus.Committed, (await RunAsync(list, new TransactionProof("digest", Encoding.ASCII.GetBytes(TreeBank.Super)))).Status);

        // Identities that the caller puts there itself, schemes that prove nothing to a server without a connection, and too much of it.
        Assert.Equal(TransactionStatus.Refused, (await RunAsync(TreeOperations.Encode(Credentials.Server, list))).Status);
        Assert.Equal(TransactionStatus.Refused, (await RunAsync(list, new TransactionProof("super", []))).Status);
        Assert.Equal(TransactionStatus.Refused, (await RunAsync(list, new TransactionProof("x509", Encoding.ASCII.GetBytes("CN=bob")))).Status);
        Assert.Equal(TransactionStatus.Refused, (await RunAsync(list, new TransactionProof("digest", new byte[TransactionProof.MaxLength + 1]))).Status);
        Assert.Equal(TransactionStatus.Refused, (await RunAsync(list, [.. Enumerable.Repeat(new TransactionProof("digest", [1]), TransactionProof.MaxCount + 1)])).Status);
        await bank.SettleAsync();
        await left.SyncAsync();
        Assert.Equal(2, (await left.GetDataAsync("/bobs")).Stat.Version);
    }

    [Fact]
    public async Task A_transaction_in_doubt_holds_its_paths_and_can_be_listed_across_leader_changes_and_restarts()
    {
        await using var bank = await TreeBank.OpenPatientAsync();
        var account = (await bank.OpenAccountsAsync(2))[0];
        var home = await bank.Cluster.LeaderAsync();
        var id = await bank.AllotAsync();
        bank.Cluster[home].Services.GetRequiredService<TransactionServers>().FallsSilentBefore = (machine, effect) =>
            machine.Self.Kind == PartyKind.Coordinator && machine.Id.ToString() == id.Transaction && effect is CommitEffect.ForceLog;
        await bank.Door(home).SubmitTransaction(TreeBank.Transfer(id, CommitProtocol.TwoPhase, account), 0);
        await IsInDoubtAsync(bank, id.Transaction!, account);
        await HoldsAsync(bank, account);

        // Another leader of the tree has it from its log, and no machine of the leadership before can free it any more. A restarted server has it from its disk.
        var before = (await bank.Cluster.StatusAsync(TreeBank.Left)).Max(s => s.CurrentEpoch);
        var leader = await bank.MoveAsync(TreeBank.Left);
        var resource = bank.Cluster[leader].Services.GetRequiredService<ParticipantKinds>().Find(new ParticipantId("tree.left"))!;
        await Assert.ThrowsAsync<InvalidOperationException>(() => resource.UndoAsync(TransactionId.Parse(id.Transaction!), before, default));
        await IsInDoubtAsync(bank, id.Transaction!, account);
        var restarted = bank.Cluster.Ids.Last(s => s != home);
        await bank.Cluster.KillAsync(restarted);
        await bank.Cluster.StartAsync(restarted);
        await bank.Cluster.MeshAsync();
        await bank.Cluster.LeaderAsync(TreeBank.Left);
        await IsInDoubtAsync(bank, id.Transaction!, account);
        await HoldsAsync(bank, account);

        // The coordinator's next life has no memory of a decision.
        await bank.MoveAsync(TreeName.Root);
        await bank.SettleAsync();
        Assert.All(await Task.WhenAll(bank.Cluster.Ids.Select(s => bank.Monitor(s).ListInDoubt(100, TreeBank.Administrator))), Assert.Empty);
        await using var client = await bank.Cluster.ConnectAsync(bank.Cluster.Ids, TreeBank.Left);
        await client.SetDataAsync(account, Encoding.ASCII.GetBytes("7"), version: 0);
        Assert.Equal(100, Assert.Single(await bank.BalancesAsync(TreeBank.Right, [account])));
    }

    // Its own copy of the tree tells on every server, the machine at the leader; paths are the administrator's.
    private static async Task IsInDoubtAsync(TreeBank bank, string id, string account)
    {
        InDoubtSummary[][] lists = [];
        await Eventually.Is(
            async () =>
            {
                try
                {
                    lists = await Task.WhenAll(bank.Cluster.Ids.Select(s => bank.Monitor(s).ListInDoubt(100, TreeBank.Administrator)));
                }
                catch (Exception e) when (e is OrleansException or TimeoutException)
                {
                    // It has just been started again.
                    return false;
                }

                return lists.All(l => l.Length == 2);
            },
            () => string.Join('\n', lists.Select(l => l.Length)) + bank.Cluster.Describe(TreeBank.Left),
            Ensemble.Patience);
        Assert.All(lists.Zip(bank.Cluster.Ids), l =>
        {
            Assert.Equal(
                [(id, TreeBank.Left, l.Second, 1, ""), (id, TreeBank.Right, l.Second, 1, "")], l.First.Select(t => (t.Transaction, t.Tree, t.Server, t.Protocol, t.Decision)));
            Assert.All(l.First, t => Assert.Equal(["tree.left", "tree.right"], t.Participants));
            Assert.All(l.First, t => Assert.Equal([account], t.Paths));
        });
        Assert.All(await bank.Monitor(1).ListInDoubt(100, [new TransactionProof("digest", Encoding.ASCII.GetBytes("super:guess"))]), t => Assert.Empty(t.Paths));
        var leader = await bank.Cluster.LeaderAsync(TreeBank.Left);
        await Eventually.Is(
            async () => (await bank.Monitor(leader).ListTransactions(100)).Any(t => t is { InDoubt: true, Finished: false, Party: "tree.left" } && t.Transaction == id),
            () => bank.Cluster.Describe(TreeBank.Left));
    }

    // Readers see what was; a write waits, and then fails without having done anything; other paths are free.
    private static async Task HoldsAsync(TreeBank bank, string account)
    {
        await using var client = await bank.Cluster.ConnectAsync(bank.Cluster.Ids, TreeBank.Left);
        await client.SyncAsync();
        Assert.Equal("100", Encoding.ASCII.GetString((await client.GetDataAsync(account)).Data.Span));
        var clock = Stopwatch.StartNew();
        await Assert.ThrowsAsync<OperationTimeoutException>(() => client.SetDataAsync(account, Encoding.ASCII.GetBytes("0")));
        Assert.InRange(clock.ElapsedMilliseconds, TreeBank.LockWait - 50, TreeBank.LockWait + 5_000);
        var free = account[..^1] + "2";
        await client.SetDataAsync(free, Encoding.ASCII.GetBytes("50"));
        Assert.Equal((0, "100"), ((await client.GetDataAsync(account)).Stat.Version, Encoding.ASCII.GetString((await client.GetDataAsync(account)).Data.Span)));
    }
}

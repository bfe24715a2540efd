using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Transactions;
using GrainKeeper.Grains.Trees;
using Microsoft.Extensions.DependencyInjection;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>Trees that are deleted while they take part in transactions.</summary>
public sealed class DeletedTreeTests
{
    [Fact]
    public async Task A_tree_in_use_is_deleted_only_by_force_and_then_its_coordinators_end_and_say_why()
    {
        await using var bank = await TreeBank.OpenPatientAsync();
        await using var root = await bank.Cluster.ConnectAsync(bank.Cluster.Ids);
        await root.AddAuthAsync("digest", Encoding.ASCII.GetBytes(TreeBank.Super));
        var directory = new TreeDirectory(root);
        var old = await AllotAsync(bank, TreeBank.Right);
        await DeleteWhileDecidedAsync(bank, directory, CommitProtocol.TwoPhase);
        await directory.CreateAsync(TreeBank.Right);
        await RunsAsync(bank, TreeBank.Right);

        // The new tree's first life has the number of the old one's, and its ids are others.
        var next = await AllotAsync(bank, TreeBank.Right);
        Assert.True(next.Home == old.Home && Math.Abs(next.Sequence - old.Sequence) > 1_000_000, $"{old} and {next}");
        await DeleteWhileDecidedAsync(bank, directory, CommitProtocol.PaxosCommit);
        await TellWhichExistAsync(bank);
    }

    // The right tree has voted Yes, and does not carry out the commit.
    private static async Task DeleteWhileDecidedAsync(TreeBank bank, TreeDirectory directory, CommitProtocol protocol)
    {
        var account = (await bank.OpenAccountsAsync(1))[0];
        var id = await bank.AllotAsync();
        foreach (var server in bank.Cluster.Running)
        {
            server.Services.GetRequiredService<TransactionServers>().FallsSilentBefore = (machine, effect) =>
                machine.Id.ToString() == id.Transaction && machine.Self == TreeBank.PartyOf(TreeBank.Right) && effect is CommitEffect.ForceLog { Entry.Record: CommitRecord.Decided };
        }

        Assert.Equal(TransactionStatus.Committed, (await bank.RunAsync(TreeBank.Transfer(id, protocol, account))).Status);
        await Eventually.Is(
            () => bank.Cluster.Running.All(s => s.Services.GetRequiredService<TreeServers>().Use.Names.SequenceEqual([TreeBank.Right])),
            () => string.Join('\n', bank.Cluster.Running.Select(s => $"{s.Id}: {string.Join(' ', s.Services.GetRequiredService<TreeServers>().Use.Names)}")),
            Ensemble.Patience);
        var refused = await Assert.ThrowsAsync<NotEmptyException>(() => directory.DeleteAsync(TreeBank.Right));
        Assert.Contains("transactions are not finished in it", refused.Message, StringComparison.Ordinal);
        Assert.Contains(TreeBank.Right, await directory.ListAsync());
        Assert.False(await IsOverAsync(bank, id.Transaction!));

        await directory.DeleteAsync(TreeBank.Right, force: true);
        await Eventually.Is(() => IsOverAsync(bank, id.Transaction!), () => bank.Cluster.Describe(), Ensemble.Patience);
        var host = bank.HostOf(await bank.Cluster.LeaderAsync(), TreeName.Root);
        var lines = (await host.ShowAsync(TransactionId.Parse(id.Transaction!))).Where(l => l.Party == "coordinator").Select(l => l.What).ToList();
        Assert.Contains("tree.right is gone for good and is told no more: tree right, which keeps its records, does not exist (any more)", lines);
        Assert.Contains("done: all that still exist have acknowledged", lines);
        Assert.Contains(
            bank.Cluster.Running, s => s.Log.ToString()!.Contains($"Transaction {id.Transaction} is decided Commit, and tree.right is gone for good", StringComparison.Ordinal));
        Assert.Equal(99, Assert.Single(await bank.BalancesAsync(TreeBank.Left, [account])));
        await Eventually.Is(
            () => bank.Cluster.Running.All(s => s.Services.GetRequiredService<TreeServers>() is { Use.Names.Count: 0 } trees && trees.Find(TreeBank.Right) is null), () => bank.Cluster.Describe(), Ensemble.Patience);
    }

    // A tree that does not run on a server, perhaps not yet, is not gone; nor is any when nobody can say so.
    private static async Task TellWhichExistAsync(TreeBank bank)
    {
        var leader = await bank.Cluster.LeaderAsync();
        foreach (var server in bank.Cluster.Running)
        {
            var services = server.Services;
            var (trees, existence) = (services.GetRequiredService<TreeServers>(), services.GetRequiredService<TransactionServers>().Existence);
            var left = trees.Find(TreeBank.Left)!;
            trees.Remove(left);
            Assert.False(await existence.IsGoneAsync(TreeBank.Left));
            trees.Add(left);
            var gone = await Task.WhenAll(new[] { TreeBank.Right, "never", "never", TreeBank.Left, TreeName.Root }.Select(existence.IsGoneAsync));
            Assert.Equal([true, true, true, false, false], gone);
            var listed = await bank.Monitor(server.Id).ListTrees();
            Assert.Equal(server.Id == leader ? [TreeBank.Left] : null, listed);
        }

        foreach (var dying in bank.Cluster.Ids.Where(i => i != leader).ToList())
        {
            await bank.Cluster.KillAsync(dying);
        }

        Assert.False(await bank.Cluster[leader].Services.GetRequiredService<TransactionServers>().Existence.IsGoneAsync("never"));
    }

    // The leader, and with it the coordinator, may be another than a moment ago.
    private static async Task<bool> IsOverAsync(TreeBank bank, string id) =>
        (await bank.HostOf(await bank.Cluster.LeaderAsync(), TreeName.Root).ListAsync(10_000)).Any(p => p.Party == "coordinator" && p.Transaction == id && p.Finished);

    private static async Task<TransactionId> AllotAsync(TreeBank bank, string home)
    {
        TransactionAnswer? answer = null;
        await Eventually.Is(
            async () =>
            {
                var door = bank.Cluster.Running.First().Grains.GetGrain<ITransactionGrain>(ServerGrainKey.Format(home, new ServerId(await bank.Cluster.LeaderAsync(home))));
                return (answer = await door.AllotTransaction()).Status == TransactionStatus.Allotted;
            },
            () => $"{answer}\n{bank.Cluster.Describe(home)}",
            Ensemble.Patience);
        return TransactionId.Parse(answer!.Transaction!);
    }

    private static async Task RunsAsync(TreeBank bank, string tree)
    {
        await Eventually.Is(async () => (await bank.Cluster.StatusAsync()).All(s => s.Trees.Contains(tree)), () => bank.Cluster.Describe(), Ensemble.Patience);
        await bank.Cluster.LeaderAsync(tree);
    }
}

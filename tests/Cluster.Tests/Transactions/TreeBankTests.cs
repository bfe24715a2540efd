using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>
/// Transfers between accounts in two trees that different silos lead, while silos die. One transfer is under way for each step at which a party can be cut off; then the silo of these parties is killed, so that each
/// step is tried with one death.
/// </summary>
public sealed class TreeBankTests
{
    /// <param name="protocol">The protocol.</param>
    /// <param name="coordinator">A coordinator's effects when nothing fails, from Prepare to what follows the last Ack.</param>
    /// <param name="participant">A participant's, from asking its resource to its Ack.</param>
    [Theory]
    [InlineData(CommitProtocol.TwoPhase, 8, 7)]
    [InlineData(CommitProtocol.PaxosCommit, 12, 8)]
    public async Task Wherever_silos_of_coordinators_and_trees_die_nothing_stays_in_doubt_and_the_sum_is_constant(CommitProtocol protocol, int coordinator, int participant)
    {
        await using var bank = await TreeBank.OpenAsync();

        // The silo of the coordinator, which leads one of the trees as well or neither; that of a tree that leads nothing else of the transaction; both.
        await CrashEverywhereAsync(bank, protocol, [.. Enumerable.Range(1, coordinator).Select(s => (s, 0))], ofCoordinator: true, ofParticipant: false);
        await CrashEverywhereAsync(bank, protocol, [.. Enumerable.Range(1, participant).Select(s => (0, s))], ofCoordinator: false, ofParticipant: true);
        await CrashEverywhereAsync(
            bank, protocol, [.. Enumerable.Range(1, coordinator).SelectMany(c => Enumerable.Range(1, participant).Select(p => (c, p)))], ofCoordinator: true, ofParticipant: true);
    }

    // On a loaded machine leaders may change before all have got where they are to be cut off.
    private static async Task CrashEverywhereAsync(
        TreeBank bank, CommitProtocol protocol, (int Coordinator, int Participant)[] steps, bool ofCoordinator, bool ofParticipant)
    {
        for (var attempt = 1; !await CrashAsync(bank, protocol, steps, ofCoordinator, ofParticipant); attempt++)
        {
            Assert.True(attempt < 5, $"not all {steps.Length} transfers could be cut off where they were to be: {string.Join(' ', steps)}\n{bank.Cluster.Describe()}");
        }
    }

    // Steps count from 1; with 0 the party is not cut off.
    private static async Task<bool> CrashAsync(
        TreeBank bank, CommitProtocol protocol, (int Coordinator, int Participant)[] steps, bool ofCoordinator, bool ofParticipant)
    {
        await bank.PartAsync();
        var home = await bank.Cluster.LeaderAsync();
        var branch = await bank.Cluster.LeaderAsync(TreeBank.Left) != home ? TreeBank.Left : TreeBank.Right;
        var there = await bank.Cluster.LeaderAsync(branch);
        var accounts = await bank.OpenAccountsAsync(steps.Length);
        var silence = new Silence();
        silence.Attach(bank);
        var transfers = new TransactionSubmission[steps.Length];
        for (var i = 0; i < steps.Length; i++)
        {
            var id = await bank.AllotAsync();
            transfers[i] = TreeBank.Transfer(id, protocol, accounts[i]);
            silence.Plan(TransactionId.Parse(id.Transaction!), CommitParty.Coordinator, steps[i].Coordinator);
            silence.Plan(TransactionId.Parse(id.Transaction!), TreeBank.PartyOf(branch), steps[i].Participant);
        }

        await Task.WhenAll(transfers.Select(t => bank.Door(home).SubmitTransaction(t, 0)));

        // Of two that are to fall silent one may keep the other from getting there, but one does in any case.
        var all = await silence.CalmAsync(least: steps.Length, calm: 1_000, patience: 30_000);
        silence.End();
        int[] dying = [.. new[] { (home, ofCoordinator), (there, ofParticipant) }.Where(d => d.Item2).Select(d => d.Item1)];
        foreach (var server in dying)
        {
            await bank.Cluster.KillAsync(server);
        }

        if (dying.Length == 1)
        {
            // A majority is there and goes on without them.
            await bank.Cluster.LeaderAsync();
        }

        await bank.Cluster.StartAsync(dying);
        var answers = await Task.WhenAll(transfers.Select(bank.RunAsync));
        await bank.SettleAsync();
        var text = $"{silence.Describe()}\n{string.Join('\n', answers.Select(a => a.ToString()))}";
        Assert.All(answers, a => Assert.True(a.Status is TransactionStatus.Committed or TransactionStatus.Aborted, $"{a}\n{text}\n{bank.Cluster.Describe()}"));
        var (left, right) = (await bank.BalancesAsync(TreeBank.Left, accounts), await bank.BalancesAsync(TreeBank.Right, accounts));
        for (var i = 0; i < steps.Length; i++)
        {
            var moved = answers[i].Status == TransactionStatus.Committed ? 1 : 0;
            Assert.True((left[i], right[i]) == (100 - moved, 100 + moved), $"{transfers[i].Transaction}: {left[i]} and {right[i]} after {answers[i].Status}\n{text}");
        }

        Assert.Equal(200 * steps.Length, left.Sum() + right.Sum());
        return all;
    }
}

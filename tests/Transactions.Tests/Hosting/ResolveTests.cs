using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Transactions;

namespace GrainKeeper.Transactions.Tests.Hosting;

/// <summary>Decisions by hand for participants whose coordinator is gone.</summary>
public sealed class ResolveTests
{
    private static readonly ParticipantId A = new("account.a");
    private static readonly ParticipantId B = new("account.b");

    [Fact]
    public async Task Participants_in_doubt_carry_the_administrators_decision_out_and_it_is_in_log_list_and_timeline()
    {
        await using var rig = new CommitRig();
        var id = await DoubtAsync(rig);
        Assert.Equal(TransactionStatus.Committed, (await rig["a"].ResolveAsync(id, A, Decision.Commit)).Status);
        Assert.Equal(TransactionStatus.Committed, (await rig["b"].ResolveAsync(id, B, Decision.Commit)).Status);
        await SettleAsync(rig, id);
        Assert.Equal([70, 130], new[] { rig.Account("a").Balance, rig.Account("b").Balance });
        var party = Assert.Single(await rig["a"].ListAsync(10));
        Assert.Equal((true, 1, false, "a"), (party.ByHand, party.Decision, party.InDoubt, party.Host));
        Assert.Contains(rig.LogOf("a").Entries, e => e.Record is CommitRecord.Decided { Decision: Decision.Commit, ByHand: true });
        Assert.Contains(await rig["a"].ShowAsync(id), l => l is { Party: "account.a", What: "the administrator decides by hand: Commit", Host: "a" });

        // Nobody else is in doubt, and a second decision is none.
        Assert.Equal(TransactionStatus.Refused, (await rig["a"].ResolveAsync(id, A, Decision.Abort)).Status);
        Assert.Equal(TransactionStatus.Refused, (await rig["a"].ResolveAsync(id, B, Decision.Abort)).Status);
        Assert.Equal([70, 130], new[] { rig.Account("a").Balance, rig.Account("b").Balance });
    }

    [Theory]
    [InlineData(Decision.Abort, "the protocol has decided as the administrator has")]
    [InlineData(Decision.Commit, "the protocol has decided otherwise than the administrator: the participants disagree for good")]
    public async Task When_the_coordinator_comes_back_the_participant_learns_whether_it_agrees(Decision byHand, string learned)
    {
        await using var rig = new CommitRig();
        var id = await DoubtAsync(rig);
        await rig["a"].ResolveAsync(id, A, byHand);
        rig.Dies = null;

        // Its next life has no record of the transaction, so it is aborted.
        rig.Replace("home");
        await WaitAsync(async () => (await rig["a"].ShowAsync(id)).Any(l => l.What == learned), rig);
        await SettleAsync(rig, id);
        Assert.Equal(byHand == Decision.Commit ? [70, 100] : [100, 100], new[] { rig.Account("a").Balance, rig.Account("b").Balance });
    }

    // All have voted Yes, and the coordinator's host ends before the decision is in its log.
    private static async Task<TransactionId> DoubtAsync(CommitRig rig)
    {
        rig.Dies = (name, machine, effect) => name == "home" && machine.Self == CommitParty.Coordinator && effect is CommitEffect.ForceLog;
        var id = await rig.AllotAsync();
        Assert.Equal(TransactionStatus.NotLeader, (await rig.Home.SubmitAsync(id, CommitRig.Request(CommitProtocol.TwoPhase, ("a", -30), ("b", 30)), 10_000)).Status);
        Assert.All([.. await rig["a"].ListAsync(10), .. await rig["b"].ListAsync(10)], s => Assert.True(s.InDoubt, s.State));
        return id;
    }

    private static Task SettleAsync(CommitRig rig, TransactionId id) => WaitAsync(
        async () => (await Task.WhenAll(rig["a"].ListAsync(10), rig["b"].ListAsync(10))).SelectMany(l => l).All(s => s.Finished) && rig.Account("a").Holder != id && rig.Account("b").Holder != id, rig);

    private static async Task WaitAsync(Func<Task<bool>> isDone, CommitRig rig)
    {
        for (var until = Environment.TickCount64 + 60_000; !await isDone(); await Task.Delay(10))
        {
            Assert.True(Environment.TickCount64 < until, await rig.DescribeAsync());
        }
    }
}

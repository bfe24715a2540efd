using GrainKeeper.Cluster.Tests;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Transactions;

namespace GrainKeeper.Transactions.Tests.Hosting;

/// <summary>The host of parties over a log in memory: real time, real pumps, no Orleans.</summary>
public sealed class CommitHostTests
{
    public static TheoryData<CommitProtocol> Protocols => [CommitProtocol.TwoPhase, CommitProtocol.ThreePhase, CommitProtocol.PaxosCommit];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_transaction_commits_at_all_participants_and_its_timeline_tells_all(CommitProtocol protocol)
    {
        await using var rig = new CommitRig();
        var id = await rig.AllotAsync();
        var answer = await rig.RunAsync(id, CommitRig.Request(protocol, ("a", -30), ("b", 10), ("c", 20)));
        Assert.Equal((TransactionStatus.Committed, id.ToString()), (answer.Status, answer.Transaction));
        await rig.SettleAsync();
        Assert.Equal([70, 110, 120], CommitRig.Accounts.Select(a => rig.Account(a).Balance));
        var lines = await rig.Home.ShowAsync(id);
        Assert.Contains(lines, l => l.What.Contains("submitted", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.What == "decides Commit");
        Assert.Contains(await rig["a"].ShowAsync(id), l => l is { Party: "account.a", What: "resource has finished, its locks are free" });
        Assert.Equal(TransactionStatus.Committed, (await rig.Home.AskAsync(id, 0)).Status);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_No_aborts_at_all_and_says_who_voted_it_and_why(CommitProtocol protocol)
    {
        await using var rig = new CommitRig();
        var id = await rig.AllotAsync();
        var answer = await rig.RunAsync(id, CommitRig.Request(protocol, ("a", -300), ("b", 300)));
        Assert.Equal(TransactionStatus.Aborted, answer.Status);
        Assert.Equal([new TransactionNo("account.a", "balance 100 is too low for -300")], answer.Votes);
        Assert.Contains("account.a voted No", answer.Reason, StringComparison.Ordinal);
        await rig.SettleAsync();
        Assert.Equal([100, 100, 100], CommitRig.Accounts.Select(a => rig.Account(a).Balance));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Who_is_away_is_told_again_and_again_and_who_is_gone_for_good_is_not(CommitProtocol protocol)
    {
        await using var rig = new CommitRig();
        var (away, asked) = (true, 0);
        rig.Loses = m => m.Envelope.Message is CommitMessage.Decide && m.Envelope.To.Participant.Name is "account.b" or "account.c" && (m.Envelope.To.Participant.Name == "account.c" || Volatile.Read(ref away));
        rig.WhyGone = p =>
        {
            Interlocked.Increment(ref asked);
            return p.Name == "account.c" && !Volatile.Read(ref away) ? "its tree was deleted" : null;
        };
        var id = await rig.AllotAsync();
        Assert.Equal(TransactionStatus.Committed, (await rig.RunAsync(id, CommitRig.Request(protocol, ("a", -30), ("b", 10), ("c", 20)))).Status);
        async Task<TransactionSummary> CoordinatorAsync() => (await rig.Home.ListAsync(100)).Single(p => p.Party == "coordinator");
        await Eventually.Is(() => Volatile.Read(ref asked) >= 4, () => "nobody is missed");
        Assert.False((await CoordinatorAsync()).Finished);
        Volatile.Write(ref away, false);
        await Eventually.Is(async () => (await CoordinatorAsync()).Finished, () => "the coordinator does not end");
        Assert.Contains(await rig.Home.ShowAsync(id), l => l.What == "account.c is gone for good and is told no more: its tree was deleted");
        Assert.Equal([70, 110], new[] { rig.Account("a").Balance, rig.Account("b").Balance });
    }

    [Fact]
    public async Task Submitted_twice_it_runs_once_and_another_transaction_under_its_id_is_refused()
    {
        await using var rig = new CommitRig();
        var id = await rig.AllotAsync();
        var request = CommitRig.Request(CommitProtocol.TwoPhase, ("a", -30), ("b", 30));
        var both = await Task.WhenAll(rig.RunAsync(id, request), rig.RunAsync(id, request));
        Assert.All(both, a => Assert.Equal(TransactionStatus.Committed, a.Status));
        Assert.Equal(TransactionStatus.Committed, (await rig.RunAsync(id, request)).Status);
        await rig.SettleAsync();
        Assert.Equal([70, 130, 100], CommitRig.Accounts.Select(a => rig.Account(a).Balance));
        Assert.Equal(1, rig.Account("a").Calls.Count(c => c.StartsWith("prepare", StringComparison.Ordinal)));
        Assert.Equal(TransactionStatus.Refused, (await rig.RunAsync(id, CommitRig.Request(CommitProtocol.ThreePhase, ("a", -30), ("b", 30)))).Status);
        Assert.Equal(TransactionStatus.Refused, (await rig.RunAsync(id, CommitRig.Request(CommitProtocol.TwoPhase, ("b", 1)))).Status);
    }

    [Fact]
    public async Task An_id_that_was_never_allotted_does_not_begin()
    {
        await using var rig = new CommitRig();
        var id = await rig.AllotAsync();
        var request = CommitRig.Request(CommitProtocol.TwoPhase, ("a", -30), ("b", 30));
        Assert.Equal(TransactionStatus.Unknown, (await rig.Home.SubmitAsync(id with { Sequence = id.Sequence + 1 }, request, 0)).Status);
        Assert.Equal(TransactionStatus.NotLeader, (await rig.Home.SubmitAsync(id with { Incarnation = id.Incarnation + 1 }, request, 0)).Status);
        Assert.Equal(TransactionStatus.Unknown, (await rig.Home.AskAsync(id, 0)).Status);
        Assert.Empty(rig.Account("a").Calls);
    }

    [Fact]
    public async Task What_a_host_of_an_earlier_leadership_undoes_late_frees_nothing_that_was_prepared_for_a_later_one()
    {
        await using var rig = new CommitRig();
        var (asked, answers) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        rig.Account("a").Answers = life =>
        {
            asked.TrySetResult();
            return life == 1 ? answers.Task : Task.CompletedTask;
        };
        rig.Loses = d => d.Envelope.Message is CommitMessage.Decide;
        var id = await rig.AllotAsync();
        var running = rig.RunAsync(id, CommitRig.Request(CommitProtocol.TwoPhase, ("a", -30), ("b", 30)));
        await asked.Task;
        rig.Replace("a");
        Assert.Equal(TransactionStatus.Committed, (await running).Status);
        answers.SetException(new IOException("the connection broke"));
        for (var until = Environment.TickCount64 + 30_000; !rig.Account("a").Calls.Contains($"late undo {id}"); await Task.Delay(10))
        {
            Assert.True(Environment.TickCount64 < until, "the earlier host did not free what it had asked for");
        }

        Assert.Equal(id, rig.Account("a").Holder);
        rig.Loses = null;
        await rig.SettleAsync();
        Assert.Equal([70, 130, 100], CommitRig.Accounts.Select(a => rig.Account(a).Balance));
    }

    [Fact]
    public async Task A_deadlock_ends_by_the_lock_wait_and_names_both_transactions()
    {
        await using var rig = new CommitRig(CommitRig.PatientOptions with { Commit = CommitRig.PatientOptions.Commit with { LockWait = 200 } });
        rig.Loses = d => d.Envelope.Message is CommitMessage.Decide; // The first holds its lock.
        var (first, second) = (await rig.AllotAsync(), await rig.AllotAsync());
        Assert.Equal(TransactionStatus.Committed, (await rig.RunAsync(first, CommitRig.Request(CommitProtocol.TwoPhase, ("a", -1), ("b", 1)))).Status);
        var answer = await rig.RunAsync(second, CommitRig.Request(CommitProtocol.TwoPhase, ("a", -1), ("c", 1)));
        Assert.Equal([new TransactionNo("account.a", $"{second} waits for {first}, which holds the lock")], answer.Votes);
        rig.Loses = null;
        await rig.SettleAsync();
        Assert.Equal([99, 101, 100], CommitRig.Accounts.Select(a => rig.Account(a).Balance));
    }

    [Theory]
    [InlineData(nameof(LogTrouble.WrittenButUnknown), true)]
    [InlineData(nameof(LogTrouble.WrittenAndSilent), true)]
    [InlineData(nameof(LogTrouble.LostAndUnknown), false)]
    [InlineData(nameof(LogTrouble.LostAndSilent), false)]
    [InlineData(nameof(LogTrouble.Refused), false)]
    public async Task When_nobody_knows_whether_the_commit_is_in_the_log_the_log_tells(string trouble, bool commits)
    {
        var patience = trouble.EndsWith("Silent", StringComparison.Ordinal) ? 1_000 : CommitRig.PatientOptions.LogPatience;
        await using var rig = new CommitRig(CommitRig.PatientOptions with { LogPatience = patience });
        var hit = 0;
        rig.LogOf("home").Trouble = _ => Interlocked.Increment(ref hit) == 1 ? Enum.Parse<LogTrouble>(trouble) : LogTrouble.None;
        var id = await rig.AllotAsync();
        var first = await rig.Home.SubmitAsync(id, CommitRig.Request(CommitProtocol.TwoPhase, ("a", -30), ("b", 30)), 10_000);
        Assert.Equal(TransactionStatus.InDoubt, first.Status);
        var then = await rig.RunAsync(id, CommitRig.Request(CommitProtocol.TwoPhase, ("a", -30), ("b", 30)));
        Assert.Equal(commits ? TransactionStatus.Committed : TransactionStatus.Aborted, then.Status);
        await rig.SettleAsync();
        Assert.Equal(commits ? [70, 130, 100] : [100, 100, 100], CommitRig.Accounts.Select(a => rig.Account(a).Balance));
    }

    [Theory]
    [InlineData(nameof(LogTrouble.WrittenButUnknown))]
    [InlineData(nameof(LogTrouble.LostAndUnknown))]
    [InlineData(nameof(LogTrouble.LostAndSilent))]
    public async Task When_nobody_knows_whether_a_participant_is_prepared_all_end_alike_and_free(string trouble)
    {
        foreach (var protocol in (CommitProtocol[])[CommitProtocol.TwoPhase, CommitProtocol.PaxosCommit])
        {
            await using var rig = new CommitRig(CommitRig.FastOptions with { LogPatience = 300 });
            var hit = 0;
            rig.LogOf("a").Trouble = _ => Interlocked.Increment(ref hit) == 1 ? Enum.Parse<LogTrouble>(trouble) : LogTrouble.None;
            var id = await rig.AllotAsync();
            var answer = await rig.RunAsync(id, CommitRig.Request(protocol, ("a", -30), ("b", 30)));
            await rig.SettleAsync();
            Assert.Equal(answer.Status == TransactionStatus.Committed ? [70, 130, 100] : [100, 100, 100], CommitRig.Accounts.Select(a => rig.Account(a).Balance));
        }
    }

    [Fact]
    public async Task A_resource_that_fails_to_apply_is_asked_again_until_it_has()
    {
        await using var rig = new CommitRig();
        rig.Account("a").Failures = 3;
        var id = await rig.AllotAsync();
        Assert.Equal(TransactionStatus.Committed, (await rig.RunAsync(id, CommitRig.Request(CommitProtocol.TwoPhase, ("a", -30), ("b", 30)))).Status);
        await rig.SettleAsync();
        Assert.Equal([70, 130, 100], CommitRig.Accounts.Select(a => rig.Account(a).Balance));
    }

    [Fact]
    public async Task A_host_that_does_not_lead_takes_part_in_nothing_and_says_so()
    {
        await using var rig = new CommitRig();
        var id = await rig.AllotAsync();
        var waiting = rig.Home.SubmitAsync(id, CommitRig.Request(CommitProtocol.TwoPhase, ("a", -30), ("b", 30)), 10_000);
        rig.Home.Resign(id.Incarnation + 1, "a life that is not this one");
        rig.Home.Resign(id.Incarnation, "for the test");
        Assert.Contains((await waiting).Status, (TransactionStatus[])[TransactionStatus.NotLeader, TransactionStatus.Committed]);
        Assert.Equal(TransactionStatus.NotLeader, (await rig.Home.AllotAsync()).Status);
        Assert.Equal(TransactionStatus.NotLeader, (await rig.Home.SubmitAsync(id, CommitRig.Request(CommitProtocol.TwoPhase, ("a", 1)), 0)).Status);
        Assert.Equal(TransactionStatus.NotLeader, (await rig.Home.AskAsync(id, 0)).Status);
        Assert.Empty(await rig.Home.ListAsync(10));
    }

    [Fact]
    public async Task Only_so_many_parties_are_hosted_and_further_transactions_are_refused()
    {
        await using var rig = new CommitRig(CommitRig.PatientOptions with { MaxParties = 16 });
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal(TransactionStatus.Committed, (await rig.RunAsync(await rig.AllotAsync(), CommitRig.Request(CommitProtocol.TwoPhase, ("a", -1)))).Status);
        }

        var refused = await rig.Home.SubmitAsync(await rig.AllotAsync(), CommitRig.Request(CommitProtocol.TwoPhase, ("b", -1)), 0);
        Assert.Equal(TransactionStatus.Overloaded, refused.Status);
        Assert.Contains("transactions.maxParties", refused.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_participant_in_doubt_is_resolved_by_hand_and_hears_later_that_the_coordinator_agrees()
    {
        await using var rig = new CommitRig();
        var id = await rig.AllotAsync();
        rig.Loses = d => d.Envelope.Message is CommitMessage.Decide;
        Assert.Equal(TransactionStatus.Refused, (await rig["a"].ResolveAsync(id, new ParticipantId("account.a"), Decision.Commit)).Status);
        Assert.Equal(TransactionStatus.Committed, (await rig.RunAsync(id, CommitRig.Request(CommitProtocol.TwoPhase, ("a", -30), ("b", 30)))).Status);
        Assert.Contains(await rig["a"].ListAsync(10), s => s is { InDoubt: true, Finished: false, Party: "account.a", State: "Prepared" });
        Assert.Equal(TransactionStatus.Committed, (await rig["a"].ResolveAsync(id, new ParticipantId("account.a"), Decision.Commit)).Status);
        rig.Loses = null;
        await rig.SettleAsync();
        Assert.Equal([70, 130, 100], CommitRig.Accounts.Select(a => rig.Account(a).Balance));
        await Eventually.Is(
            async () => (await rig["a"].ShowAsync(id)).Any(l => l.What == "the protocol has decided as the administrator has"), () => "the coordinator's decision is not heard");
    }
}

using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.TwoPhase;
using static GrainKeeper.Core.Tests.AtomicCommit.CommitProbe;

namespace GrainKeeper.Core.Tests.AtomicCommit;

/// <summary>The rows of docs/atomic-commit.md's table of 2PC's coordinator.</summary>
public sealed class TwoPhaseCoordinatorTests
{
    private static readonly CommitMessage Yes = new CommitMessage.Voted(Vote.Yes);
    private static readonly CommitMessage Ack = new CommitMessage.Ack();
    private static readonly CommitMessage Inquiry = new CommitMessage.Inquiry(Terms(CommitProtocol.TwoPhase));
    private static readonly CommitRecord CommitRecord = new CommitRecord.Decided(Decision.Commit, Terms(CommitProtocol.TwoPhase, A, B), "");

    [Fact]
    public void All_are_asked_the_commit_is_durable_before_anybody_hears_of_it_and_acknowledgements_end_it()
    {
        var c = Make();
        Assert.Equal(["a ← Prepare (2 participants, 1 bytes)", "b ← Prepare (2 participants, 1 bytes)"], c.Submit(CommitProtocol.TwoPhase, A, B));
        Assert.Empty(c.Hear("a", Yes));
        Assert.Equal(["force commit"], c.Hear("b", Yes));
        Assert.Equal(["decided Commit", "tell committed", "a ← Commit", "b ← Commit"], c.Logged());
        Assert.Empty(c.Hear("a", Ack));
        Assert.Empty(c.Hear("a", Ack));
        Assert.Equal(["append end"], c.Hear("b", Ack));
        Assert.Equal(["tell committed"], c.Submit(CommitProtocol.TwoPhase, A, B));
        Assert.Equal(["a ← Commit"], c.Hear("a", Inquiry));
        Assert.Equal(["forget"], c.Wait());
    }

    [Fact]
    public void A_vote_counts_once_however_often_it_comes()
    {
        var c = Make();
        c.Submit(CommitProtocol.TwoPhase, A, B);
        for (var i = 0; i < 10; i++)
        {
            Assert.Empty(c.Hear("a", Yes));
            Assert.Empty(c.Hear("x", Yes));
        }

        Assert.Equal(["force commit"], c.Hear("b", Yes));
        Assert.Empty(c.Hear("b", Yes));
    }

    [Fact]
    public void One_No_aborts_at_once_without_a_record_and_names_who_and_why()
    {
        var c = Make();
        c.Submit(CommitProtocol.TwoPhase);
        c.Hear("a", Yes);
        Assert.Equal(
            ["decided Abort", "tell aborted [b: too poor] b voted No: too poor", "a ← Rollback", "c ← Rollback"],
            c.Hear("b", new CommitMessage.Voted(Vote.No("too poor"))));
        Assert.Equal(["c ← Rollback"], c.Hear("c", Yes));
        Assert.Empty(c.Hear("a", Ack));
        Assert.Empty(c.Hear("c", Ack));
        Assert.Equal(["tell aborted [b: too poor] b voted No: too poor"], c.Submit(CommitProtocol.TwoPhase));
        Assert.Equal(["a ← Rollback"], c.Hear("a", Inquiry));
        Assert.Equal(["forget"], c.Wait());
    }

    [Fact]
    public void Missing_votes_are_asked_for_again_and_after_the_timeout_it_aborts()
    {
        var c = Make();
        c.Submit(CommitProtocol.TwoPhase, A, B);
        c.Hear("a", Yes);
        Assert.Equal(Enumerable.Repeat("b ← Prepare (2 participants, 1 bytes)", 4), c.Wait(9_999));
        Assert.Equal(["decided Abort", "tell aborted [] no vote within 10000 ms from b", "a ← Rollback", "b ← Rollback"], c.Wait(1));
    }

    [Fact]
    public void Rollback_is_repeated_a_few_times_and_then_left_to_inquiries()
    {
        var c = Make();
        c.Submit(CommitProtocol.TwoPhase, A, B);
        c.Hear("b", new CommitMessage.Voted(Vote.No("no")));
        Assert.Equal(Enumerable.Repeat("a ← Rollback", 5), c.Wait(3_000_000).Where(e => e != "miss a"));
        Assert.Equal(["forget"], c.Wait());
    }

    [Fact]
    public void Commit_is_repeated_until_it_is_acknowledged()
    {
        var c = Make();
        c.Submit(CommitProtocol.TwoPhase, A, B);
        c.Hear("a", Yes);
        c.Hear("b", Yes);
        c.Logged();
        c.Hear("a", Ack);
        var repeated = c.Wait(24 * 3_600_000).Where(e => e != "miss b").ToArray();
        Assert.All(repeated, r => Assert.Equal("b ← Commit", r));
        Assert.InRange(repeated.Length, 2_800, 2_900);
        Assert.Equal(["append end"], c.Hear("b", Ack));
    }

    [Fact]
    public void Who_does_not_acknowledge_is_missed_after_a_while_and_is_told_no_more_once_it_is_gone_for_good()
    {
        var c = Make();
        c.Submit(CommitProtocol.TwoPhase, A, B, C);
        Assert.Empty(c.Lose("b"));
        c.Hear("a", Yes);
        c.Hear("b", Yes);
        c.Hear("c", Yes);
        c.Logged();
        c.Hear("a", Ack);
        Assert.Equal(Enumerable.Repeat(new[] { "b ← Commit", "c ← Commit" }, 3).SelectMany(e => e), c.Wait(3_500));
        Assert.Equal(["b ← Commit", "c ← Commit", "miss b c"], c.Wait());
        Assert.Empty(c.Lose("b"));
        Assert.Empty(c.Lose("a"));
        Assert.Empty(c.Lose("x"));
        Assert.Equal(["c ← Commit", "miss c"], c.Wait());
        Assert.Equal(["append end"], c.Hear("c", Ack));
        Assert.Equal(["tell committed"], c.Submit(CommitProtocol.TwoPhase, A, B, C));
        Assert.Equal(["forget"], c.Wait());
    }

    [Fact]
    public void Started_again_with_a_commit_it_ends_when_all_that_still_exist_have_acknowledged()
    {
        var c = Again(CommitRecord);
        c.Wait(20_000);
        Assert.Empty(c.Hear("a", Ack));
        Assert.Equal(["append end"], c.Lose("b"));
        var alone = Again(CommitRecord);
        Assert.Empty(alone.Lose("a"));
        Assert.Equal(["append end"], alone.Lose("b"));
    }

    [Fact]
    public void Who_has_only_read_is_not_told_not_even_after_a_restart()
    {
        var c = Make();
        c.Submit(CommitProtocol.TwoPhase, A, B, C);
        c.Hear("a", Yes);
        c.Hear("b", Yes);
        Assert.Equal(["force commit"], c.Hear("c", new CommitMessage.Voted(Vote.ReadOnly)));
        Assert.Equal(["decided Commit", "tell committed", "a ← Commit", "b ← Commit"], c.Logged());
        Assert.Equal(["decided Commit", "a ← Commit", "b ← Commit"], Again(CommitRecord).Started);
    }

    [Fact]
    public void When_all_have_only_read_nobody_is_told()
    {
        var c = Make();
        c.Submit(CommitProtocol.TwoPhase, A);
        Assert.Equal(["force commit"], c.Hear("a", new CommitMessage.Voted(Vote.ReadOnly)));
        Assert.Equal(["decided Commit", "tell committed", "append end"], c.Logged());
        Assert.Equal(["decided Commit"], Again(new CommitRecord.Decided(Decision.Commit, null, "")).Started);
    }

    [Fact]
    public void Before_it_has_decided_an_inquiry_is_told_to_wait()
    {
        var c = Make();
        c.Submit(CommitProtocol.TwoPhase, A, B);
        c.Hear("a", Yes);
        Assert.Equal(["a ← Undecided"], c.Hear("a", Inquiry));
        Assert.Equal(["force commit"], c.Hear("b", Yes));
        Assert.Empty(c.Hear("a", Inquiry));
        Assert.Equal(["decided Commit", "tell committed", "a ← Commit", "b ← Commit", "a ← Commit"], c.Logged());
    }

    [Fact]
    public void Started_again_without_a_record_it_presumes_abort_and_never_begins()
    {
        var c = Again();
        Assert.Empty(c.Started);
        Assert.Equal(["a ← Rollback"], c.Hear("a", Inquiry));
        Assert.Equal(["b ← Rollback"], c.Hear("b", Yes));
        Assert.Equal(
            ["decided Abort", "tell aborted [] the coordinator has started again and had not decided to commit", "a ← Rollback", "b ← Rollback"],
            c.Submit(CommitProtocol.TwoPhase, A, B));
    }

    [Fact]
    public void Started_again_with_a_commit_it_goes_on_telling_and_with_an_end_it_only_remembers()
    {
        var c = Again(CommitRecord);
        Assert.Equal(["decided Commit", "a ← Commit", "b ← Commit"], c.Started);
        Assert.Equal(["tell committed"], c.Submit(CommitProtocol.TwoPhase, A, B));
        Assert.Empty(c.Hear("a", Ack));
        Assert.Equal(["append end"], c.Hear("b", Ack));
        var ended = Again(CommitRecord, new CommitRecord.End());
        Assert.Equal(["decided Commit"], ended.Started);
        Assert.Equal(["forget"], ended.Wait());
    }

    [Fact]
    public void A_commit_whose_write_has_an_unknown_end_is_in_doubt_and_never_rolled_back()
    {
        var c = Make();
        c.Submit(CommitProtocol.TwoPhase, A);
        Assert.Equal(["force commit"], c.Hear("a", Yes));
        Assert.Equal([$"tell in doubt {CommitCircle.Id}", "restart"], c.LogUnknown());
        Assert.Empty(c.Hear("a", Inquiry));
    }

    [Fact]
    public void A_transaction_submitted_twice_runs_once()
    {
        var c = Make();
        c.Submit(CommitProtocol.TwoPhase, A, B);
        Assert.Empty(c.Submit(CommitProtocol.TwoPhase, A, B));
        c.Hear("a", Yes);
        c.Hear("b", Yes);
        Assert.Empty(c.Submit(CommitProtocol.TwoPhase, A, B));
        Assert.Equal(["decided Commit", "tell committed", "a ← Commit", "b ← Commit", "tell committed"], c.Logged());
        Assert.Empty(c.Submit(CommitProtocol.ThreePhase, A, B));
    }

    private static CommitProbe Make() => new(new TwoPhaseCoordinator(CommitCircle.Id, CommitCircle.Options, [], mayBegin: true));

    private static CommitProbe Again(params CommitRecord[] records) => new(new TwoPhaseCoordinator(CommitCircle.Id, CommitCircle.Options, records, mayBegin: false));
}

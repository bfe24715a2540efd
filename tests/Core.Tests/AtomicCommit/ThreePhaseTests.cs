using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.ThreePhase;
using static GrainKeeper.Core.Tests.AtomicCommit.CommitProbe;

namespace GrainKeeper.Core.Tests.AtomicCommit;

/// <summary>3PC's coordinator and participant, and the termination protocol. This participant is b; a comes before it, c after it.</summary>
public sealed class ThreePhaseTests
{
    private static readonly CommitMessage Commit = new CommitMessage.Decide(Decision.Commit);
    private static readonly CommitMessage Rollback = new CommitMessage.Decide(Decision.Abort);
    private static readonly CommitMessage PreCommit = new CommitMessage.PreCommit();
    private static readonly CommitMessage PreCommitAck = new CommitMessage.PreCommitAck();
    private static readonly CommitMessage Prepared = new CommitMessage.StateReport(PreCommitted: false, Recovered: false);
    private static readonly CommitMessage PreCommitted = new CommitMessage.StateReport(PreCommitted: true, Recovered: false);
    private static readonly CommitMessage PreparedAgain = new CommitMessage.StateReport(PreCommitted: false, Recovered: true);
    private static readonly CommitMessage PreCommittedAgain = new CommitMessage.StateReport(PreCommitted: true, Recovered: true);
    private static readonly CommitRecord PreparedRecord = new CommitRecord.Prepared(Terms(CommitProtocol.ThreePhase), new byte[] { 1, 2 }, new byte[] { 3 });
    private static readonly string[] Questions = ["a ← StateRequest", "c ← StateRequest", "coordinator ← StateRequest"];
    private static readonly string[] Inquiries = ["a ← Inquiry", "c ← Inquiry", "coordinator ← Inquiry"];

    [Fact]
    public void The_coordinator_goes_through_CanCommit_PreCommit_and_DoCommit()
    {
        var c = Coordinator();
        Assert.Equal(["a ← CanCommit (2 participants, 1 bytes)", "b ← CanCommit (2 participants, 1 bytes)"], c.Submit(CommitProtocol.ThreePhase, A, B));
        c.Hear("a", new CommitMessage.Voted(Vote.Yes));
        Assert.Equal(["a ← PreCommit", "b ← PreCommit"], c.Hear("b", new CommitMessage.Voted(Vote.Yes)));
        Assert.Equal(["a ← Undecided"], c.Hear("a", new CommitMessage.StateRequest()));
        Assert.Empty(c.Hear("a", PreCommitAck));
        Assert.Empty(c.Hear("a", PreCommitAck));
        Assert.Equal(["force commit"], c.Hear("b", PreCommitAck));
        Assert.Equal(["decided Commit", "tell committed", "a ← Commit", "b ← Commit"], c.Logged());
        c.Hear("a", new CommitMessage.Ack());
        Assert.Equal(["a ← Done (Commit)", "b ← Done (Commit)", "append end"], c.Hear("b", new CommitMessage.Ack()));
    }

    [Fact]
    public void The_coordinator_takes_the_silent_for_dead_after_PreCommit()
    {
        var c = Coordinator();
        c.Submit(CommitProtocol.ThreePhase, A, B);
        c.Hear("a", new CommitMessage.Voted(Vote.Yes));
        c.Hear("b", new CommitMessage.Voted(Vote.Yes));
        c.Hear("a", PreCommitAck);
        Assert.Equal(2_000, c.Pause);
        Assert.Equal(["force commit"], c.Wait());
    }

    [Fact]
    public void A_coordinator_that_has_started_again_without_a_decision_decides_nothing_and_asks()
    {
        var c = new CommitProbe(new ThreePhaseCoordinator(CommitCircle.Id, CommitCircle.Options, [], mayBegin: false));
        Assert.Equal(["a ← StateReport (prepared, recovered)"], c.Hear("a", new CommitMessage.Inquiry(Terms(CommitProtocol.ThreePhase))));
        Assert.Empty(c.Hear("a", new CommitMessage.Voted(Vote.Yes)));
        Assert.Equal(["a ← Inquiry", "b ← Inquiry"], c.Submit(CommitProtocol.ThreePhase, A, B));
        Assert.Contains($"tell in doubt {CommitCircle.Id}", c.Wait(10_000));
        Assert.Equal(["force commit"], c.Hear("b", Commit));
        Assert.Equal(["decided Commit", "tell committed", "a ← Commit", "b ← Commit"], c.Logged());
    }

    [Fact]
    public void A_coordinator_without_memory_asks_only_as_long_as_participants_surely_remember()
    {
        var c = new CommitProbe(new ThreePhaseCoordinator(CommitCircle.Id, CommitCircle.Options, [], mayBegin: false));
        c.Submit(CommitProtocol.ThreePhase, A);
        Assert.Contains("a ← Inquiry", c.Wait(CommitCircle.Options.Retention / 2));
        c.Wait(60_000);
        Assert.Equal(["forget"], c.Wait());
    }

    [Fact]
    public void A_coordinator_whose_participants_have_aborted_without_it_follows()
    {
        var c = Coordinator();
        c.Submit(CommitProtocol.ThreePhase, A, B);
        Assert.Equal(
            ["decided Abort", "tell aborted [] the participants have aborted without the coordinator", "a ← Rollback", "b ← Rollback"], c.Hear("b", Rollback));
        Assert.Equal(["contradiction: a has Commit, not Abort"], c.Hear("a", Commit));
    }

    [Fact]
    public void PreCommit_is_durable_before_it_is_acknowledged()
    {
        var p = Voted();
        Assert.Equal(["force pre-committed"], p.Hear("coordinator", PreCommit));
        Assert.Equal(["coordinator ← PreCommitAck"], p.Logged());
        Assert.Equal(["coordinator ← PreCommitAck"], p.Hear("coordinator", PreCommit));
        Assert.Equal(["force commit"], p.Hear("coordinator", Commit));
        Assert.Equal(["decided Commit", "apply 2 bytes"], p.Logged());
        Assert.Equal(["coordinator ← Ack"], p.Finished());
    }

    [Fact]
    public void An_abort_is_forced_for_others_may_ask()
    {
        var p = Voted();
        Assert.Equal(["force abort"], p.Hear("coordinator", Rollback));
        Assert.Equal(["decided Abort", "undo 1 bytes"], p.Logged());
        Assert.Equal(["c ← Rollback"], p.Hear("c", new CommitMessage.StateRequest()));
    }

    [Fact]
    public void A_participant_that_misses_the_coordinator_looks_for_a_substitute_before_it()
    {
        var p = Voted();
        Assert.Equal(14_000, p.Pause);
        Assert.Equal(["a ← Elect"], p.Wait());
        Assert.Empty(p.Hear("a", new CommitMessage.StandingIn()));
        Assert.Equal(12_000, p.Pause);

        // The substitute has died as well: once more, and without an answer it stands in itself.
        Assert.Equal(["a ← Elect"], p.Wait());
        Assert.Equal(2_000, p.Pause);
        Assert.Equal(Questions, p.Wait());
    }

    [Fact]
    public void Asked_to_stand_in_it_does_unless_one_before_it_lives()
    {
        var p = Voted();
        Assert.Equal(["c ← StandingIn", "a ← Elect"], p.Hear("c", new CommitMessage.Elect()));
        Assert.Equal(["c ← StandingIn"], p.Hear("c", new CommitMessage.Elect()));
        Assert.Equal(Questions, p.Wait());
    }

    [Theory]
    [InlineData(false, false, "force abort (the coordinator is gone, and none of the living has pre-committed)")]
    [InlineData(false, true, "force pre-committed")]
    [InlineData(true, false, "a ← PreCommit|c ← PreCommit")]
    [InlineData(true, true, "a ← PreCommit")]
    public void The_states_of_the_living_decide(bool self, bool other, string expected)
    {
        var p = StandingIn(self);
        Assert.Empty(p.Hear("a", Prepared));
        Assert.Empty(p.Hear("c", other ? PreCommitted : Prepared));
        Assert.Equal(expected.Split('|'), p.Wait());
    }

    [Fact]
    public void The_living_pre_commit_before_the_substitute_commits()
    {
        var p = StandingIn(preCommitted: false);
        p.Hear("a", Prepared);
        p.Hear("c", PreCommitted);
        Assert.Equal(["force pre-committed"], p.Wait());
        Assert.Equal(["a ← PreCommit"], p.Logged());
        Assert.Equal(["force commit"], p.Hear("a", PreCommitAck));
        Assert.Equal(["decided Commit", "a ← Commit", "c ← Commit", "coordinator ← Commit", "apply 2 bytes"], p.Logged());
        Assert.Empty(p.Finished());
        Assert.Equal(["a ← Commit", "c ← Commit"], p.Wait());
        Assert.Empty(p.Hear("a", new CommitMessage.Ack()));
        Assert.Equal(["a ← Done (Commit)", "c ← Done (Commit)", "coordinator ← Done (Commit)", "append end"], p.Hear("c", new CommitMessage.Ack()));
        Assert.Equal(["forget"], p.Wait());
    }

    [Theory]
    [InlineData(false, "force abort (the coordinator is gone, and none of the living has pre-committed)")]
    [InlineData(true, "force commit")]
    public void Alone_it_aborts_when_prepared_and_commits_when_pre_committed(bool preCommitted, string expected) =>
        Assert.Equal([expected], StandingIn(preCommitted).Wait());

    [Fact]
    public void A_state_of_one_that_has_started_again_counts_for_nothing()
    {
        var p = StandingIn(preCommitted: false);
        p.Hear("a", Prepared);
        p.Hear("c", PreCommittedAgain);
        Assert.Equal(["force abort (the coordinator is gone, and none of the living has pre-committed)"], p.Wait());
    }

    [Fact]
    public void A_decision_found_is_taken_over()
    {
        var p = StandingIn(preCommitted: true);
        Assert.Equal(["force abort"], p.Hear("a", Rollback));
    }

    [Fact]
    public void A_coordinator_that_says_it_is_at_work_is_waited_for()
    {
        var p = StandingIn(preCommitted: false);
        Assert.Empty(p.Hear("coordinator", new CommitMessage.Undecided()));
        Assert.Equal(6_000, p.Pause);
        Assert.Equal(["force pre-committed"], p.Hear("coordinator", PreCommit));
    }

    [Fact]
    public void One_that_has_not_voted_aborts_when_asked_and_says_so()
    {
        var p = Participant();
        Assert.Equal(["force abort (asked by a before it has voted)"], p.Hear("a", new CommitMessage.StateRequest()));
        Assert.Equal(["decided Abort", "a ← Rollback"], Drop(p.Logged(), "coordinator"));
        Assert.Equal(["coordinator ← Vote No (asked by a before it has voted)"], p.Ask(CommitProtocol.ThreePhase));

        p = Participant();
        p.Ask(CommitProtocol.ThreePhase);
        Assert.Equal(["force abort (asked by c before it has voted)"], p.Hear("c", new CommitMessage.Elect()));
        Assert.Equal(["decided Abort", "c ← Rollback", "undo 0 bytes"], Drop(p.Logged(), "coordinator"));
    }

    [Fact]
    public void Started_again_in_doubt_it_decides_by_no_timeout_and_asks_everybody()
    {
        var p = Participant(PreparedRecord);
        Assert.Equal(Inquiries, p.Started);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(Inquiries, p.Wait());
        }

        Assert.Empty(p.Hear("coordinator", PreCommit));
        Assert.Empty(p.Hear("c", new CommitMessage.Elect()));
        Assert.Equal(["a ← StateReport (prepared, recovered)"], p.Hear("a", new CommitMessage.StateRequest()));
        Assert.Equal(["force commit"], p.Hear("coordinator", Commit));
    }

    [Theory]
    [InlineData(false, false, "force abort (all have started again, none has pre-committed)")]
    [InlineData(true, false, "force commit")]
    [InlineData(false, true, "force commit")]
    public void When_everybody_has_started_again_the_states_of_all_decide(bool self, bool other, string expected)
    {
        var p = self ? Participant(PreparedRecord, new CommitRecord.PreCommitted()) : Participant(PreparedRecord);
        Assert.Empty(p.Hear("a", PreparedAgain));
        Assert.Empty(p.Hear("c", other ? PreCommittedAgain : PreparedAgain));
        Assert.Equal([expected], p.Hear("coordinator", PreparedAgain));
    }

    [Fact]
    public void While_one_lives_those_that_have_started_again_wait_for_it()
    {
        var p = Participant(PreparedRecord);
        p.Hear("a", PreparedAgain);
        p.Hear("c", Prepared);
        Assert.Empty(p.Hear("coordinator", PreparedAgain));
        Assert.Equal(["force abort (all have started again, none has pre-committed)"], p.Hear("c", PreparedAgain));

        p = Participant(PreparedRecord);
        p.Hear("a", PreparedAgain);
        p.Hear("coordinator", PreparedAgain);
        p.Hear("coordinator", new CommitMessage.Undecided());
        Assert.Empty(p.Hear("c", PreparedAgain));
    }

    [Fact]
    public void A_commit_is_remembered_until_all_have_it()
    {
        var p = Participant(PreparedRecord, new CommitRecord.PreCommitted(), new CommitRecord.Decided(Decision.Commit, null, ""));
        Assert.Equal(["decided Commit", "apply 2 bytes"], p.Started);
        p.Finished();
        Assert.Equal(["a ← Commit", "c ← Commit"], p.Wait());
        Assert.DoesNotContain("forget", p.Wait(24 * 3_600_000));
        Assert.Equal(["append end"], p.Hear("coordinator", new CommitMessage.Done(Decision.Commit, Terms(CommitProtocol.ThreePhase))));
        Assert.Equal(["forget"], p.Wait());
    }

    [Fact]
    public void Read_only_is_a_Yes()
    {
        var p = Participant();
        p.Ask(CommitProtocol.ThreePhase);
        Assert.Equal(["force prepared (redo 2 bytes, undo 1 bytes)"], p.Resource(Vote.ReadOnly));
        Assert.Equal(["coordinator ← Vote Yes"], p.Logged());
    }

    private static CommitProbe Coordinator() => new(new ThreePhaseCoordinator(CommitCircle.Id, CommitCircle.Options, [], mayBegin: true));

    private static CommitProbe Participant(params CommitRecord[] records) => new(new ThreePhaseParticipant(CommitCircle.Id, B, CommitCircle.Options, records));

    private static CommitProbe Voted()
    {
        var p = Participant();
        p.Ask(CommitProtocol.ThreePhase);
        p.Resource(Vote.Yes);
        p.Logged();
        return p;
    }

    private static CommitProbe StandingIn(bool preCommitted)
    {
        var p = Voted();
        if (preCommitted)
        {
            p.Hear("coordinator", PreCommit);
            p.Logged();
        }

        Assert.Equal(["a ← Elect"], p.Wait());
        Assert.Equal(Questions, p.Wait());
        return p;
    }

    private static string[] Drop(string[] effects, string to) => [.. effects.Where(e => !e.StartsWith(to + " ← Vote", StringComparison.Ordinal))];
}

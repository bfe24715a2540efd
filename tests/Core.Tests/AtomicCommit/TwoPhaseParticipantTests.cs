using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.TwoPhase;
using static GrainKeeper.Core.Tests.AtomicCommit.CommitProbe;

namespace GrainKeeper.Core.Tests.AtomicCommit;

/// <summary>The rows of docs/atomic-commit.md's table of a participant, with 2PC.</summary>
public sealed class TwoPhaseParticipantTests
{
    private static readonly CommitMessage Commit = new CommitMessage.Decide(Decision.Commit);
    private static readonly CommitMessage Rollback = new CommitMessage.Decide(Decision.Abort);
    private static readonly CommitRecord PreparedRecord = new CommitRecord.Prepared(Terms(CommitProtocol.TwoPhase), new byte[] { 1, 2 }, new byte[] { 3 });

    [Fact]
    public void Undo_and_redo_are_durable_before_Yes()
    {
        var p = Make();
        Assert.Equal(["prepare 1 bytes, locks 5000 ms"], p.Ask(CommitProtocol.TwoPhase));
        Assert.Equal(["force prepared (redo 2 bytes, undo 1 bytes)"], p.Resource(Vote.Yes));
        Assert.Equal(["coordinator ← Vote Yes"], p.Logged());
    }

    [Fact]
    public void The_commit_is_durable_before_it_is_applied_and_applied_before_it_is_acknowledged()
    {
        var p = Prepared();
        Assert.Equal(["force commit"], p.Hear("coordinator", Commit));
        Assert.Equal(["decided Commit", "apply 2 bytes"], p.Logged());
        Assert.Equal(["coordinator ← Ack"], p.Finished());
        Assert.Equal(["coordinator ← Ack"], p.Hear("coordinator", Commit));
        Assert.Equal(["forget"], p.Wait());
        Assert.Empty(p.Hear("coordinator", Commit));
    }

    [Fact]
    public void A_rollback_needs_no_forced_write_and_is_acknowledged_when_undone()
    {
        var p = Prepared();
        Assert.Equal(["append abort", "decided Abort", "undo 1 bytes"], p.Hear("coordinator", Rollback));
        Assert.Equal(["coordinator ← Ack"], p.Finished());
        Assert.Empty(p.Ask(CommitProtocol.TwoPhase));
    }

    [Fact]
    public void Its_own_abort_is_durable_before_No_and_No_stays_No()
    {
        var p = Make();
        p.Ask(CommitProtocol.TwoPhase);
        Assert.Equal(["force abort (too poor)"], p.Resource(Vote.No("too poor")));
        Assert.Equal(["decided Abort", "coordinator ← Vote No (too poor)"], p.Logged());
        Assert.Equal(["coordinator ← Vote No (too poor)"], p.Ask(CommitProtocol.TwoPhase));
        Assert.Equal(["coordinator ← Ack"], p.Hear("coordinator", Rollback));

        var again = Make(new CommitRecord.Decided(Decision.Abort, null, "too poor"));
        Assert.Equal(["decided Abort"], again.Started);
        Assert.Equal(["coordinator ← Vote No (too poor)"], again.Ask(CommitProtocol.TwoPhase));
    }

    [Fact]
    public void A_resource_that_does_not_answer_counts_as_No_and_is_told_to_undo()
    {
        var p = Make();
        p.Ask(CommitProtocol.TwoPhase);
        Assert.Equal(10_000, p.Pause);
        Assert.Equal(["force abort (the resource did not answer within 10000 ms)"], p.Wait());
        Assert.Equal(["decided Abort", "coordinator ← Vote No (the resource did not answer within 10000 ms)", "undo 0 bytes"], p.Logged());
        Assert.Empty(p.Resource(Vote.Yes));
        Assert.Empty(p.Finished());
    }

    [Fact]
    public void Redo_too_large_for_the_log_counts_as_No()
    {
        var machine = new TwoPhaseParticipant(CommitCircle.Id, A, CommitCircle.Options, []);
        var effects = new List<Effect>();
        var now = new Core.Now(0, 0);
        machine.Step(new CommitInput.Start(), now, effects);
        machine.Step(new CommitInput.MessageReceived(CommitParty.Coordinator, new CommitMessage.Prepare(Terms(CommitProtocol.TwoPhase), default)), now, effects);
        effects.Clear();
        machine.Step(new CommitInput.ResourcePrepared(Vote.Yes, new byte[TransactionRequest.MaxPayload + 1], default), now, effects);
        Assert.Equal(Decision.Abort, Assert.IsType<CommitRecord.Decided>(effects.OfType<CommitEffect.ForceLog>().Single().Entry.Record).Decision);
    }

    [Fact]
    public void Who_has_only_read_writes_nothing_and_leaves()
    {
        var p = Make();
        p.Ask(CommitProtocol.TwoPhase);
        Assert.Equal(["coordinator ← Vote ReadOnly"], p.Resource(Vote.ReadOnly));
        Assert.Equal(["coordinator ← Vote ReadOnly"], p.Ask(CommitProtocol.TwoPhase));
        Assert.Equal(["coordinator ← Ack"], p.Hear("coordinator", Commit));
        Assert.Equal(["forget"], p.Wait());
    }

    [Fact]
    public void In_doubt_it_asks_for_ever_and_decides_nothing()
    {
        var p = Prepared();
        Assert.Equal(2_000, p.Pause);
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Equal(["coordinator ← Inquiry"], p.Wait());
            Assert.InRange(p.Pause!.Value, 2_000, 30_000);
            Assert.Empty(p.Hear("coordinator", new CommitMessage.Undecided()));
        }
    }

    [Fact]
    public void Started_again_in_doubt_it_asks_at_once_and_votes_again_when_asked()
    {
        var p = Make(PreparedRecord);
        Assert.Equal(["coordinator ← Inquiry"], p.Started);
        Assert.Equal(["coordinator ← Vote Yes"], p.Ask(CommitProtocol.TwoPhase));
        Assert.Equal(["force commit"], p.Hear("coordinator", Commit));
    }

    [Fact]
    public void Started_again_after_its_commit_it_applies_again()
    {
        var p = Make(PreparedRecord, new CommitRecord.Decided(Decision.Commit, null, ""));
        Assert.Equal(["decided Commit", "apply 2 bytes"], p.Started);
        Assert.Empty(p.Finished());
        Assert.Equal(["coordinator ← Ack"], p.Hear("coordinator", Commit));
    }

    [Fact]
    public void A_message_during_a_forced_write_waits_until_it_is_durable()
    {
        var p = Make();
        p.Ask(CommitProtocol.TwoPhase);
        p.Resource(Vote.Yes);
        Assert.Empty(p.Hear("coordinator", Rollback));
        Assert.Empty(p.LoggedWithToken(99));
        Assert.Null(p.Pause);
        Assert.Equal(["coordinator ← Vote Yes", "append abort", "decided Abort", "undo 1 bytes"], p.Logged());
    }

    [Fact]
    public void A_write_of_unknown_end_stops_it_without_a_word()
    {
        var p = Make();
        p.Ask(CommitProtocol.TwoPhase);
        p.Resource(Vote.Yes);
        Assert.Equal(["restart"], p.LogUnknown());
        Assert.Empty(p.Logged());
        Assert.Empty(p.Hear("coordinator", Rollback));
        Assert.Null(p.Pause);
    }

    [Fact]
    public void Rollback_before_or_while_it_prepares_is_noted_so_that_it_does_not_vote_later()
    {
        var p = Make();
        Assert.Equal(["append abort", "decided Abort", "coordinator ← Ack"], p.Hear("coordinator", Rollback));
        Assert.Empty(p.Ask(CommitProtocol.TwoPhase));

        p = Make();
        p.Ask(CommitProtocol.TwoPhase);
        Assert.Equal(["append abort", "decided Abort", "undo 0 bytes"], p.Hear("coordinator", Rollback));
        Assert.Empty(p.Resource(Vote.Yes));
        Assert.Equal(["coordinator ← Ack"], p.Finished());
    }

    [Fact]
    public void Commit_without_a_memory_of_it_is_acknowledged_and_while_it_prepares_ignored()
    {
        var p = Make();
        Assert.Equal(["coordinator ← Ack"], p.Hear("coordinator", Commit));
        p.Ask(CommitProtocol.TwoPhase);
        Assert.Empty(p.Hear("coordinator", Commit));
        Assert.Equal(["force prepared (redo 2 bytes, undo 1 bytes)"], p.Resource(Vote.Yes));
    }

    [Fact]
    public void A_decision_against_its_own_is_reported_and_not_obeyed()
    {
        var p = Prepared();
        p.Hear("coordinator", Commit);
        p.Logged();
        Assert.Equal(["contradiction: coordinator has Abort, not Commit"], p.Hear("coordinator", Rollback));
        Assert.Equal(["coordinator ← Ack"], p.Finished());
        Assert.Equal(["contradiction: coordinator has Abort, not Commit"], p.Hear("coordinator", Rollback));
    }

    [Fact]
    public void A_question_of_another_protocol_or_without_it_is_ignored()
    {
        var p = Make();
        Assert.Empty(p.Ask(CommitProtocol.PaxosCommit));
        Assert.Empty(p.Hear("coordinator", new CommitMessage.Prepare(Terms(CommitProtocol.TwoPhase, B, C), default)));
        Assert.Empty(p.Hear("b", new CommitMessage.StateRequest()));
        Assert.Equal(["prepare 1 bytes, locks 5000 ms"], p.Ask(CommitProtocol.TwoPhase));
    }

    [Fact]
    public void A_log_that_cannot_be_is_refused() =>
        Assert.Throws<InvariantViolationException>(() => Make(new CommitRecord.Decided(Decision.Commit, null, "")));

    private static CommitProbe Make(params CommitRecord[] records) => new(new TwoPhaseParticipant(CommitCircle.Id, A, CommitCircle.Options, records));

    private static CommitProbe Prepared()
    {
        var p = Make();
        p.Ask(CommitProtocol.TwoPhase);
        p.Resource(Vote.Yes);
        p.Logged();
        return p;
    }
}

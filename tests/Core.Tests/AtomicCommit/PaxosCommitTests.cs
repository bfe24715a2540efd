using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.PaxosCommit;
using static GrainKeeper.Core.Tests.AtomicCommit.CommitProbe;

namespace GrainKeeper.Core.Tests.AtomicCommit;

/// <summary>Paxos Commit's participant, acceptor and leader, with participants a, b, c and three acceptors.</summary>
public sealed class PaxosCommitTests
{
    private static readonly TransactionTerms All = Terms(CommitProtocol.PaxosCommit);
    private static readonly Ballot One = new(1, 2, 5);
    private static readonly Ballot Two = new(2, 1, 1);
    private static readonly CommitMessage Inquiry = new CommitMessage.Inquiry(All);
    private static readonly CommitRecord PreparedRecord = new CommitRecord.Prepared(All, new byte[] { 1, 2 }, new byte[] { 3 });

    [Fact]
    public void A_Yes_is_proposed_in_ballot_0_to_F_plus_1_acceptors_when_it_is_durable()
    {
        var p = Participant();
        p.Ask(CommitProtocol.PaxosCommit);
        Assert.Equal(["force prepared (redo 2 bytes, undo 1 bytes)"], p.Resource(Vote.Yes));
        Assert.Equal(["acceptor 1 ← Phase2a 0 [1:prepared@0]", "acceptor 2 ← Phase2a 0 [1:prepared@0]"], p.Logged());
    }

    [Fact]
    public void A_No_goes_to_the_leader_when_it_is_durable()
    {
        var p = Participant();
        p.Ask(CommitProtocol.PaxosCommit);
        Assert.Equal(["force abort (no)"], p.Resource(Vote.No("no")));
        Assert.Equal(["decided Abort", "coordinator ← Vote No (no)"], p.Logged());
    }

    /// <summary>Found by seed 2609: with its abort lost after all acceptors had forgotten, a participant proposed Prepared again. Fails when ForcesAbort is false.</summary>
    [Fact]
    public void An_abort_is_durable_before_it_is_acknowledged_for_acceptors_forget_then()
    {
        var p = Participant(PreparedRecord);
        Assert.Equal(["force abort"], p.Hear("coordinator", new CommitMessage.Decide(Decision.Abort)));
        Assert.Equal(["decided Abort", "undo 1 bytes"], p.Logged());
        Assert.Equal(["coordinator ← Ack"], p.Finished());
    }

    [Fact]
    public void In_doubt_it_tells_all_acceptors_and_asks_the_coordinator_first_and_other_leaders_later()
    {
        var p = Participant(PreparedRecord);
        string[] told = ["acceptor 1 ← Phase2a 0 [1:prepared@0]", "acceptor 2 ← Phase2a 0 [1:prepared@0]", "acceptor 3 ← Phase2a 0 [1:prepared@0]", "coordinator ← Inquiry"];
        Assert.Equal(told, p.Started);
        Assert.Equal(told, p.Wait());
        Assert.Equal(told, p.Wait());
        Assert.Equal([.. told, "leader 2 ← Inquiry"], p.Wait());
        Assert.Equal([.. told, "leader 3 ← Inquiry"], p.Wait());
        Assert.Equal([.. told, "leader 1 ← Inquiry"], p.Wait());
        Assert.Equal(["force commit"], p.Hear("leader3", new CommitMessage.Decide(Decision.Commit)));
    }

    [Fact]
    public void An_acceptor_writes_and_answers_the_votes_of_all_at_once()
    {
        var a = Acceptor();
        Assert.Empty(a.Hear("a", First(0)));
        Assert.Empty(a.Hear("b", First(1)));
        Assert.Empty(a.Hear("b", First(1)));
        Assert.Equal(["force accepted [0:prepared@0 1:prepared@0 2:prepared@0]"], a.Hear("c", First(2)));
        Assert.Equal(["coordinator ← Phase2b 0 [0:prepared@0 1:prepared@0 2:prepared@0]"], a.Logged());
        Assert.Equal(["coordinator ← Phase2b 0 [0:prepared@0 1:prepared@0 2:prepared@0]"], a.Hear("a", First(0)));
    }

    [Fact]
    public void An_acceptor_does_not_wait_long_for_the_others()
    {
        var a = Acceptor();
        a.Hear("c", First(2));
        Assert.Equal(10, a.Pause);
        Assert.Equal(["force accepted [2:prepared@0]"], a.Wait());
        Assert.Equal(["coordinator ← Phase2b 0 [2:prepared@0]"], a.Logged());
        a.Hear("a", First(0));
        Assert.Equal(["force accepted [0:prepared@0 1:prepared@0]"], a.Hear("b", First(1)));
        Assert.Equal(["coordinator ← Phase2b 0 [0:prepared@0 1:prepared@0 2:prepared@0]"], a.Logged());
    }

    [Fact]
    public void A_promise_is_durable_before_it_is_given_and_binds_lower_ballots()
    {
        var a = Acceptor();
        a.Hear("c", First(2));
        a.Wait();
        a.Logged();
        Assert.Equal(["force promised 1.2.5"], a.Hear("leader2", new CommitMessage.Phase1A(One, All)));
        Assert.Equal(["leader 2 ← Phase1b 1.2.5 [2:prepared@0]"], a.Logged());
        Assert.Equal(["leader 2 ← Phase1b 1.2.5 [2:prepared@0]"], a.Hear("leader2", new CommitMessage.Phase1A(One, All)));
        Assert.Empty(a.Hear("a", First(0)));
        Assert.Equal(["leader 1 ← Nack (promised 1.2.5)"], a.Hear("leader1", new CommitMessage.Phase1A(new Ballot(1, 1, 9), All)));
        Assert.Equal(["force promised 2.1.1"], a.Hear("leader1", new CommitMessage.Phase1A(Two, All)));
        a.Logged();
        Assert.Equal(["leader 2 ← Nack (promised 2.1.1)"], a.Hear("leader2", new CommitMessage.Phase2A(All, One, Votes(One, true, true, true))));
    }

    [Fact]
    public void A_promise_drops_votes_that_are_not_accepted_yet()
    {
        var a = Acceptor();
        a.Hear("c", First(2));
        a.Hear("leader2", new CommitMessage.Phase1A(One, All));
        Assert.Equal(["leader 2 ← Phase1b 1.2.5 []"], a.Logged());
    }

    [Fact]
    public void An_accepted_value_is_durable_before_it_is_told()
    {
        var a = Acceptor();
        var proposal = new CommitMessage.Phase2A(All, One, Votes(One, true, false, true));
        Assert.Equal(["force accepted [0:prepared@1.2.5 1:aborted@1.2.5 2:prepared@1.2.5]"], a.Hear("leader2", proposal));
        Assert.Equal(["leader 2 ← Phase2b 1.2.5 [0:prepared@1.2.5 1:aborted@1.2.5 2:prepared@1.2.5]"], a.Logged());
        Assert.Equal(["leader 2 ← Phase2b 1.2.5 [0:prepared@1.2.5 1:aborted@1.2.5 2:prepared@1.2.5]"], a.Hear("leader2", proposal));
    }

    [Fact]
    public void Started_again_an_acceptor_keeps_what_it_has_promised_and_accepted()
    {
        var a = Acceptor(new CommitRecord.Accepted(All, [new AcceptedVote(2, Ballot.Zero, true)]), new CommitRecord.Promised(One, All));
        Assert.Empty(a.Started);
        Assert.Equal(["leader 1 ← Nack (promised 1.2.5)"], a.Hear("leader1", new CommitMessage.Phase1A(new Ballot(1, 1, 1), All)));
        Assert.Equal(["leader 2 ← Phase1b 1.2.5 [2:prepared@0]"], a.Hear("leader2", new CommitMessage.Phase1A(One, All)));
    }

    [Fact]
    public void An_acceptor_with_an_unfinished_transaction_wakes_its_leader_again_and_again()
    {
        var a = Acceptor(new CommitRecord.Promised(One, All));
        Assert.Equal(60_000, a.Pause);
        Assert.Equal(["leader 3 ← Inquiry"], a.Wait());
        Assert.Equal(["leader 3 ← Inquiry"], a.Wait());
    }

    [Fact]
    public void An_acceptor_keeps_the_decision_until_all_acceptors_have_it()
    {
        var a = Acceptor(new CommitRecord.Accepted(All, Votes(Ballot.Zero, true, true, true)));
        Assert.Equal(["force commit"], a.Hear("coordinator", new CommitMessage.Done(Decision.Commit, All)));
        Assert.Equal(["decided Commit", "coordinator ← Ack"], a.Logged());
        Assert.Equal(["coordinator ← Ack"], a.Hear("coordinator", new CommitMessage.Done(Decision.Commit, All)));
        Assert.Equal(["leader 2 ← Commit"], a.Hear("leader2", new CommitMessage.Phase1A(One, All)));
        Assert.Equal(["leader 3 ← Done (Commit)"], a.Wait());
        a.Hear("coordinator", new CommitMessage.Forget());
        Assert.Equal(["forget"], a.Wait());
    }

    [Fact]
    public void What_fits_no_transaction_is_ignored_by_an_acceptor()
    {
        var a = Acceptor();
        a.Hear("c", First(2));
        Assert.Empty(a.Hear("a", new CommitMessage.Phase2A(Terms(CommitProtocol.PaxosCommit, A), Ballot.Zero, Votes(Ballot.Zero, true))));
        Assert.Empty(a.Hear("a", new CommitMessage.Phase2A(All, Ballot.Zero, [new AcceptedVote(3, Ballot.Zero, true)])));
        Assert.Empty(a.Hear("a", new CommitMessage.Phase2A(All, One, [new AcceptedVote(0, Two, true)])));
        Assert.Empty(a.Hear("a", new CommitMessage.Phase1A(Ballot.Zero, All)));
        Assert.Empty(a.Hear("a", new CommitMessage.Forget()));
    }

    [Fact]
    public void The_leader_commits_when_a_majority_has_accepted_each_vote_in_ballot_0()
    {
        var l = Leader();
        Assert.Equal(
            ["a ← Prepare (3 participants, 1 bytes)", "b ← Prepare (3 participants, 1 bytes)", "c ← Prepare (3 participants, 1 bytes)"], l.Submit(CommitProtocol.PaxosCommit));
        Assert.Empty(l.Hear("acceptor1", Told(Ballot.Zero, true, true, true)));
        Assert.Empty(l.Hear("acceptor1", Told(Ballot.Zero, true, true, true)));
        Assert.Empty(l.Hear("acceptor2", new CommitMessage.Phase2B(Ballot.Zero, Votes(Ballot.Zero, true, true), All)));
        Assert.Equal(["decided Commit", "tell committed", "a ← Commit", "b ← Commit", "c ← Commit"], l.Hear("acceptor3", Told(Ballot.Zero, true, true, true)));
        l.Hear("a", new CommitMessage.Ack());
        l.Hear("b", new CommitMessage.Ack());
        Assert.Equal(["acceptor 1 ← Done (Commit)", "acceptor 2 ← Done (Commit)", "acceptor 3 ← Done (Commit)"], l.Hear("c", new CommitMessage.Ack()));
        l.Hear("acceptor1", new CommitMessage.Ack());
        l.Hear("acceptor1", new CommitMessage.Ack());
        l.Hear("acceptor3", new CommitMessage.Ack());
        Assert.Equal(["acceptor 2 ← Done (Commit)"], l.Wait());
        Assert.Equal(["acceptor 1 ← Forget", "acceptor 2 ← Forget", "acceptor 3 ← Forget"], l.Hear("acceptor2", new CommitMessage.Ack()));
        Assert.Equal(["tell committed"], l.Submit(CommitProtocol.PaxosCommit));
        Assert.Equal(["forget"], l.Wait());
    }

    [Fact]
    public void A_No_aborts_at_once()
    {
        var l = Leader();
        l.Submit(CommitProtocol.PaxosCommit);
        Assert.Equal(
            ["decided Abort", "tell aborted [b: no] b voted No: no", "a ← Rollback", "c ← Rollback"], l.Hear("b", new CommitMessage.Voted(Vote.No("no"))));
    }

    [Fact]
    public void Acceptors_may_forget_when_all_participants_that_still_exist_have_acknowledged()
    {
        var l = Leader();
        l.Submit(CommitProtocol.PaxosCommit);
        Assert.Empty(l.Lose("c"));
        l.Hear("b", new CommitMessage.Voted(Vote.No("no")));
        Assert.Equal(Enumerable.Repeat(new[] { "a ← Rollback", "c ← Rollback" }, 3).SelectMany(e => e), l.Wait(3_500));
        Assert.Equal(["a ← Rollback", "c ← Rollback", "miss a c"], l.Wait());
        Assert.Empty(l.Lose("c"));
        Assert.Equal(["acceptor 1 ← Done (Abort)", "acceptor 2 ← Done (Abort)", "acceptor 3 ← Done (Abort)"], l.Hear("a", new CommitMessage.Ack()));
        Assert.Equal(["acceptor 1 ← Done (Abort)", "acceptor 2 ← Done (Abort)", "acceptor 3 ← Done (Abort)"], l.Wait());
    }

    [Fact]
    public void After_the_vote_timeout_only_a_ballot_can_abort()
    {
        var l = Leader();
        l.Submit(CommitProtocol.PaxosCommit);
        Assert.Equal(
            ["acceptor 1 ← Phase1a 1.0.4", "acceptor 2 ← Phase1a 1.0.4", "acceptor 3 ← Phase1a 1.0.4"],
            l.Wait(10_000).Where(e => e.Contains("Phase", StringComparison.Ordinal)));
        var ballot = new Ballot(1, 0, 4);
        Assert.Empty(l.Hear("acceptor1", new CommitMessage.Phase1B(ballot, [])));
        Assert.Empty(l.Hear("acceptor1", new CommitMessage.Phase1B(ballot, [])));
        Assert.Empty(l.Hear("acceptor2", new CommitMessage.Phase1B(One, [])));
        Assert.Equal(
            Enumerable.Range(1, 3).Select(i => $"acceptor {i} ← Phase2a 1.0.4 [0:prepared@1.0.4 1:aborted@1.0.4 2:aborted@1.0.4]"),
            l.Hear("acceptor2", new CommitMessage.Phase1B(ballot, [new AcceptedVote(0, Ballot.Zero, true)])));
        Assert.Empty(l.Hear("acceptor1", Told(ballot, true, false, false)));
        Assert.Empty(l.Hear("acceptor1", Told(ballot, true, false, false)));
        Assert.Equal(
            ["decided Abort", "tell aborted [] ballot 1.0.4 found no vote of b, c", "a ← Rollback", "b ← Rollback", "c ← Rollback"],
            l.Hear("acceptor3", Told(ballot, true, false, false)));
    }

    [Fact]
    public void A_ballot_proposes_what_was_accepted_in_the_highest()
    {
        var l = Recovering();
        var ballot = new Ballot(1, 2, 4);
        l.Hear("acceptor1", new CommitMessage.Phase1B(ballot, [new(0, Two, false), new(1, Ballot.Zero, true), new(2, One, true)]));
        Assert.Contains(
            "acceptor 1 ← Phase2a 1.2.4 [0:aborted@1.2.4 1:prepared@1.2.4 2:prepared@1.2.4]",
            l.Hear("acceptor3", new CommitMessage.Phase1B(ballot, [new(0, One, true), new(2, Ballot.Zero, false)])));
    }

    [Fact]
    public void Woken_in_doubt_another_leader_takes_a_ballot_and_repeats_with_higher_ones_at_growing_distance()
    {
        var l = Recovering();
        l.Hear("acceptor2", new CommitMessage.Nack(new Ballot(7, 3, 1)));
        var first = l.Pause!.Value;
        Assert.Contains("acceptor 1 ← Phase1a 8.2.4", l.Wait());
        Assert.True(l.Pause > first, "pauses grow");
        Assert.Empty(l.Hear("acceptor1", new CommitMessage.Phase1B(new Ballot(1, 2, 4), [])));
        Assert.Equal(["b ← Undecided"], l.Hear("b", Inquiry));
        Assert.Contains("acceptor 1 ← Phase1a 9.2.4", l.Wait());
    }

    /// <summary>Found by seed 2447: cut off until the acceptors had forgotten a committed transaction, a leader took their empty promises for abort. Fails when IsTooLate is always false.</summary>
    [Fact]
    public void A_leader_that_is_cut_off_for_long_gives_up_until_somebody_asks_again()
    {
        var l = Recovering();
        var tries = l.Wait((CommitCircle.Options.Retention / 2) - 1).Count(e => e.StartsWith("acceptor 1 ← Phase1a", StringComparison.Ordinal));
        l.Wait(60_000);
        Assert.Null(l.Pause);
        var last = new Ballot(tries + 1, 2, 4);
        Assert.Empty(l.Hear("acceptor1", new CommitMessage.Phase1B(last, [])));
        Assert.Empty(l.Hear("acceptor3", new CommitMessage.Phase1B(last, [])));
        Assert.Contains($"acceptor 1 ← Phase1a {last.Round + 1}.2.4", l.Hear("b", Inquiry));
    }

    [Fact]
    public void A_leader_that_finds_the_transaction_decided_follows()
    {
        Assert.Equal(
            ["decided Commit", "tell committed", "a ← Commit", "b ← Commit", "c ← Commit"], Recovering().Hear("acceptor1", new CommitMessage.Decide(Decision.Commit)));
        var idle = new CommitProbe(new PaxosLeader(CommitCircle.Id, 2, 4, CommitCircle.Options, mayBegin: false));
        Assert.Equal(
            ["decided Commit", "tell committed", "acceptor 1 ← Done (Commit)", "acceptor 2 ← Done (Commit)", "acceptor 3 ← Done (Commit)"],
            idle.Hear("acceptor2", new CommitMessage.Done(Decision.Commit, All)));
    }

    [Fact]
    public void A_coordinator_that_has_lost_its_memory_takes_a_ballot_instead_of_beginning_again()
    {
        var l = new CommitProbe(new PaxosLeader(CommitCircle.Id, 0, 4, CommitCircle.Options, mayBegin: false));
        Assert.Equal(
            ["acceptor 1 ← Phase1a 1.0.4", "acceptor 2 ← Phase1a 1.0.4", "acceptor 3 ← Phase1a 1.0.4"], l.Submit(CommitProtocol.PaxosCommit));
        Assert.Contains($"tell in doubt {CommitCircle.Id}", l.Wait(10_000));
    }

    private static CommitProbe Participant(params CommitRecord[] records) => new(new PaxosParticipant(CommitCircle.Id, B, CommitCircle.Options, records));

    private static CommitProbe Acceptor(params CommitRecord[] records) => new(new PaxosAcceptor(CommitCircle.Id, 3, CommitCircle.Options, records));

    private static CommitProbe Leader() => new(new PaxosLeader(CommitCircle.Id, 0, 4, CommitCircle.Options, mayBegin: true));

    private static CommitProbe Recovering()
    {
        var l = new CommitProbe(new PaxosLeader(CommitCircle.Id, 2, 4, CommitCircle.Options, mayBegin: true));
        Assert.Equal(["acceptor 1 ← Phase1a 1.2.4", "acceptor 2 ← Phase1a 1.2.4", "acceptor 3 ← Phase1a 1.2.4"], l.Hear("b", Inquiry));
        return l;
    }

    private static CommitMessage.Phase2A First(int participant) => new(All, Ballot.Zero, [new AcceptedVote(participant, Ballot.Zero, true)]);

    private static CommitMessage.Phase2B Told(Ballot ballot, params bool[] values) => new(ballot, Votes(ballot, values), All);

    private static AcceptedVote[] Votes(Ballot ballot, params bool[] values) => [.. values.Select((v, i) => new AcceptedVote(i, ballot, v))];
}

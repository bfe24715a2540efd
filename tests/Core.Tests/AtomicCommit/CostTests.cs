using GrainKeeper.Core.AtomicCommit;
using Xunit.Abstractions;

namespace GrainKeeper.Core.Tests.AtomicCommit;

/// <summary>
/// Messages and forced writes of a commit without failures, against Gray and Lamport's (Consensus on Transaction Commit, 2006). They count up to the Commit messages, no acknowledgements, and let
/// a participant start the transaction and the leader live with an acceptor; here a caller starts it, so all N are asked, and the leader lives apart.
/// </summary>
public sealed class CostTests(ITestOutputHelper output)
{
    [Fact]
    public void Two_phase_commit_costs_what_the_paper_says()
    {
        foreach (var n in new[] { 1, 2, 5, 10 })
        {
            var circle = Committed(CommitProtocol.TwoPhase, n, 0);
            var (messages, forced) = Tell(circle, n, 0, paperMessages: (3 * n) - 1, paperForced: n + 1);

            // The first participant's BeginCommit takes the place of its Prepare and vote in the paper: one less than here.
            Assert.Equal((3 * n) - 1 + 1, messages);
            Assert.Equal(n + 1, forced);

            // Beyond the paper: each participant forces the commit before it acknowledges.
            Assert.Equal(4 * n, circle.Messages.Count);
            Assert.Equal((2 * n) + 1, circle.Forced.Count);
        }
    }

    [Fact]
    public void Paxos_commit_costs_what_the_paper_says()
    {
        foreach (var (n, f) in new[] { (1, 0), (2, 1), (5, 0), (5, 1), (5, 2), (10, 1) })
        {
            var circle = Committed(CommitProtocol.PaxosCommit, n, (2 * f) + 1);
            var (messages, forced) = Tell(circle, n, f, paperMessages: ((n + 1) * (f + 3)) - 4, paperForced: n + f + 1);

            // Two less in the paper: BeginCommit goes with the first participant's vote to the leader's acceptor, and that acceptor's answer needs no message.
            Assert.Equal(((n + 1) * (f + 3)) - 4 + 2, messages);
            Assert.Equal(n + f + 1, forced);

            // Beyond the paper: commits and acknowledgements at participants; then all acceptors note the decision, acknowledge, and are told to forget.
            var acceptors = (2 * f) + 1;
            Assert.Equal(messages + n + (3 * acceptors), circle.Messages.Count);
            Assert.Equal(forced + n + acceptors, circle.Forced.Count);
        }
    }

    /// <summary>The paper's own example: five participants, one fault, the leader beside the first participant and the acceptors beside the first ones. Messages within a process do not count.</summary>
    [Fact]
    public void Side_by_side_the_counts_are_those_of_the_paper()
    {
        Assert.Equal(12, BesideEachOther(Committed(CommitProtocol.TwoPhase, 5, 0)));
        Assert.Equal(17, BesideEachOther(Committed(CommitProtocol.PaxosCommit, 5, 3)));
        Assert.Equal(12, BesideEachOther(Committed(CommitProtocol.PaxosCommit, 5, 1)));
        Assert.Equal(20, BesideEachOther(Committed(CommitProtocol.ThreePhase, 5, 0)));

        static int BesideEachOther(CommitCircle circle) => circle.Messages.Count(m =>
            m.Message is not (CommitMessage.Ack or CommitMessage.Done or CommitMessage.Forget) && Place(circle, m.From) != Place(circle, m.To));

        static int Place(CommitCircle circle, CommitParty party) => party.Kind switch
        {
            PartyKind.Participant => circle.Participants.ToList().IndexOf(party.Participant),
            PartyKind.Acceptor => party.Number - 1,
            _ => 0,
        };
    }

    [Fact]
    public void Three_phase_commit_costs_one_more_round_and_one_more_write_of_each_participant()
    {
        foreach (var n in new[] { 1, 2, 5, 10 })
        {
            var circle = Committed(CommitProtocol.ThreePhase, n, 0);
            var (messages, forced) = Tell(circle, n, 0, paperMessages: null, paperForced: null);
            Assert.Equal(5 * n, messages);
            Assert.Equal((2 * n) + 1, forced);
            Assert.Equal(7 * n, circle.Messages.Count);
            Assert.Equal((3 * n) + 1, circle.Forced.Count);
        }
    }

    [Fact]
    public void Participants_that_have_only_read_cost_two_messages_and_no_write_with_two_phases()
    {
        var circle = new CommitCircle(CommitProtocol.TwoPhase, 5, votes: new() { [1] = Vote.ReadOnly, [4] = Vote.ReadOnly });
        circle.Run();
        Assert.IsType<Outcome.Committed>(circle.Outcome);
        Assert.Equal((5 * 2) + (3 * 2), circle.Messages.Count);
        Assert.Equal((3 * 2) + 1, circle.Forced.Count);
    }

    [Fact]
    public void A_transaction_that_has_only_read_forces_one_record_so_that_its_outcome_can_be_asked_again()
    {
        var circle = new CommitCircle(CommitProtocol.TwoPhase, 2, votes: new() { [1] = Vote.ReadOnly, [2] = Vote.ReadOnly });
        circle.Run();
        Assert.IsType<Outcome.Committed>(circle.Outcome);
        Assert.Equal(4, circle.Messages.Count);
        Assert.Single(circle.Forced);
    }

    [Fact]
    public void An_abort_is_never_forced_by_the_coordinator()
    {
        foreach (var protocol in Enum.GetValues<CommitProtocol>())
        {
            var circle = new CommitCircle(protocol, 3, protocol == CommitProtocol.PaxosCommit ? 3 : 0, new() { [2] = Vote.No("too poor") });
            circle.Run();
            var aborted = Assert.IsType<Outcome.Aborted>(circle.Outcome);
            Assert.Equal([new NoVote(new ParticipantId("p02"), "too poor")], aborted.Votes);
            Assert.DoesNotContain(circle.Forced, e => e.Owner == CommitParty.Coordinator);
            Assert.All(circle.ParticipantMachines, p => Assert.Equal(ParticipantState.Aborted, p.State));
        }
    }

    private static CommitCircle Committed(CommitProtocol protocol, int participants, int acceptors)
    {
        var circle = new CommitCircle(protocol, participants, acceptors);
        circle.Run();
        Assert.IsType<Outcome.Committed>(circle.Outcome);
        Assert.All(circle.ParticipantMachines, p => Assert.Equal(ParticipantState.Committed, p.State));
        return circle;
    }

    private (int Messages, int Forced) Tell(CommitCircle circle, int n, int f, int? paperMessages, int? paperForced)
    {
        var messages = circle.AtOutcome.Messages + circle.Messages.Count(m => m.Message is CommitMessage.Decide);
        output.WriteLine(
            $"N={n,2} F={f}: to the Commit messages {messages,3} messages (paper {paperMessages?.ToString() ?? "-",3}), {circle.AtOutcome.Forced,2} forced writes (paper {paperForced?.ToString() ?? "-",2}); "
            + $"until all is forgotten {circle.Messages.Count,3} and {circle.Forced.Count,2}");
        return (messages, circle.AtOutcome.Forced);
    }
}

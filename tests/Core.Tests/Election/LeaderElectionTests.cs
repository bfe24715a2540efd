using GrainKeeper.Core.Election;
using GrainKeeper.Core.Election.Fast;
using GrainKeeper.Core.Election.Polling;
using GrainKeeper.Core.Quorum;
using static GrainKeeper.Core.Tests.Election.ElectionProbe;

namespace GrainKeeper.Core.Tests.Election;

public sealed class LeaderElectionTests
{
    private static readonly QuorumConfiguration Three = ElectionNetwork.Ensemble(3);
    private static readonly QuorumConfiguration Five = ElectionNetwork.Ensemble(5);

    [Fact]
    public void A_server_that_looks_polls_all_who_vote()
    {
        var probe = Probe(1, ElectionNetwork.Ensemble(3, observers: 1)).Look();
        Assert.Equal([(2, new VoteRequest(1)), (3, new VoteRequest(1))], probe.Sent);
        Assert.Equal(200, probe.Election.NextDeadline);
    }

    [Fact]
    public void A_count_without_a_quorum_takes_over_the_best_vote_and_polls_again()
    {
        var probe = Probe(1, Three).Look();
        probe.Hear(2, new VoteReply(1, VoteFor(2), ElectionState.Looking)).Hear(3, new VoteReply(1, VoteFor(3), ElectionState.Looking));
        Assert.Equal((ElectionState.Looking, VoteFor(3)), (probe.Election.State, probe.Election.CurrentVote));

        Assert.Equal([(2, new VoteRequest(2)), (3, new VoteRequest(2))], probe.Wait(100).Sent);
        probe.Hear(2, new VoteReply(2, VoteFor(3), ElectionState.Looking));
        Assert.Equal((3, 1L), probe.Hear(3, new VoteReply(2, VoteFor(3), ElectionState.Looking)).Elected);
        Assert.Equal(ElectionState.Following, probe.Election.State);
    }

    [Fact]
    public void A_poll_counts_what_came_when_its_time_is_up()
    {
        var probe = Probe(3, Five).Look();
        probe.Hear(1, new VoteReply(1, VoteFor(3), ElectionState.Looking)).Hear(2, new VoteReply(1, VoteFor(3), ElectionState.Looking));
        Assert.Null(probe.Wait(199).Elected);
        Assert.Equal((3, 1L), probe.Wait(1).Elected);
        Assert.Equal(ElectionState.Leading, probe.Election.State);
    }

    [Fact]
    public void Votes_for_a_server_that_does_not_answer_elect_nobody()
    {
        var probe = Probe(4, Five).Look();
        foreach (var peer in new[] { 1, 2, 3 })
        {
            probe.Hear(peer, new VoteReply(1, VoteFor(5, 9, 9), ElectionState.Following));
        }

        Assert.Null(probe.Wait(200).Elected);
        Assert.Equal(VoteFor(4), probe.Election.CurrentVote);
    }

    [Fact]
    public void Votes_for_a_server_that_votes_for_another_elect_nobody()
    {
        var probe = Probe(1, Three).Look();
        probe.Hear(2, new VoteReply(1, VoteFor(3), ElectionState.Following)).Hear(3, new VoteReply(1, VoteFor(2, 5), ElectionState.Looking));
        Assert.Equal(ElectionState.Looking, probe.Election.State);
    }

    [Fact]
    public void Answers_to_an_earlier_poll_are_ignored()
    {
        var probe = Probe(1, Three).Look().Wait(200).Wait(200);
        probe.Hear(2, new VoteReply(1, VoteFor(3), ElectionState.Looking)).Hear(3, new VoteReply(1, VoteFor(3), ElectionState.Looking));
        Assert.Equal(VoteFor(1), probe.Election.CurrentVote);
    }

    [Fact]
    public void Requests_are_answered_with_the_present_vote_by_all_who_vote()
    {
        var probe = Probe(1, Three);
        Assert.Empty(probe.Hear(2, new VoteRequest(7)).Sent);
        probe.Look(zxid: 4);
        Assert.Equal([(2, new VoteReply(7, VoteFor(1, 4), ElectionState.Looking))], probe.Hear(2, new VoteRequest(7)).Sent);

        var observer = Probe(4, ElectionNetwork.Ensemble(3, observers: 1)).Look();
        Assert.Empty(observer.Hear(2, new VoteRequest(7)).Sent);
    }

    [Fact]
    public void The_established_epoch_is_in_the_answers_from_then_on()
    {
        var probe = Probe(2, Three).Look();
        probe.Hear(1, new VoteReply(1, VoteFor(2), ElectionState.Looking));
        Assert.Equal((2, 1L), probe.Wait(200).Elected);
        probe.Give(new ElectionInput.EpochEstablished(new Epoch(3)));
        Assert.Equal([(3, new VoteReply(9, VoteFor(2, 0, 3), ElectionState.Leading))], probe.Hear(3, new VoteRequest(9)).Sent);
    }

    [Fact]
    public void Polls_slow_down_while_nothing_changes_and_a_new_connection_is_polled_at_once()
    {
        var probe = Probe(1, Three).Look();
        var pauses = new List<long>();
        for (var i = 0; i < 6; i++)
        {
            probe.Wait(200);
            pauses.Add(probe.Election.NextDeadline!.Value - probe.Time);
            probe.Wait(pauses[^1]);
        }

        Assert.Equal([200, 400, 800, 1_000, 1_000, 1_000], pauses);
        probe.Wait(200);
        Assert.Equal([2, 3], probe.Give(new ElectionInput.PeerConnected(new ServerId(2))).Sent.Select(s => s.To));
    }

    [Fact]
    public void Messages_of_strangers_malformed_values_and_other_algorithms_are_counted_and_ignored()
    {
        var probe = Probe(1, Three).Look();
        probe.Hear(9, new VoteReply(1, VoteFor(3), ElectionState.Leading)).Hear(2, VoteFor(3), 1);
        probe.Hear(2, new VoteReply(1, VoteFor(9), ElectionState.Looking)).Hear(2, new VoteReply(1, VoteFor(2, -1), ElectionState.Looking));
        probe.Hear(2, new VoteReply(1, VoteFor(3), ElectionState.Leading)).Hear(2, new VoteReply(1, VoteFor(3), ElectionState.Observing));

        Assert.Equal(new ElectionCounters(Strangers: 1, Malformed: 4, OtherAlgorithm: 1, 0, 0, 0, 0), probe.Election.Counters);
        Assert.Equal(new FastNotification(VoteFor(1), 1, ElectionState.Looking), new FastNotification(probe.Election.CurrentVote, probe.Election.Round, probe.Election.State));
    }

    private static ElectionProbe Probe(int self, QuorumConfiguration configuration) => new(self, configuration, algorithm: 0);
}

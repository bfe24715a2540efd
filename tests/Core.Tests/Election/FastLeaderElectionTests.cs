using GrainKeeper.Core.Election;
using GrainKeeper.Core.Election.Fast;
using GrainKeeper.Core.Election.Polling;
using GrainKeeper.Core.Quorum;
using static GrainKeeper.Core.Tests.Election.ElectionProbe;

namespace GrainKeeper.Core.Tests.Election;

public sealed class FastLeaderElectionTests
{
    private static readonly QuorumConfiguration Three = ElectionNetwork.Ensemble(3);
    private static readonly QuorumConfiguration Five = ElectionNetwork.Ensemble(5);

    [Fact]
    public void A_server_that_looks_begins_a_round_and_tells_all_who_vote_that_it_votes_for_itself()
    {
        var probe = new ElectionProbe(2, ElectionNetwork.Ensemble(3, observers: 1)).Look(zxid: 7, epoch: 1);

        var told = new FastNotification(VoteFor(2, 7, 1), 1, ElectionState.Looking);
        Assert.Equal([(1, told), (3, told)], probe.Sent);
        Assert.Equal((ElectionState.Looking, 1L, VoteFor(2, 7, 1)), (probe.Election.State, probe.Election.Round, probe.Election.CurrentVote));
        Assert.Null(probe.Elected);
    }

    [Fact]
    public void Nothing_happens_before_the_first_start()
    {
        var probe = new ElectionProbe(1, Three);
        Assert.Empty(probe.Hear(2, VoteFor(2), 1).Sent);
        Assert.Empty(probe.Give(new ElectionInput.PeerConnected(new ServerId(2))).Sent);
        Assert.Null(probe.Election.NextDeadline);
    }

    [Fact]
    public void A_vote_of_a_higher_round_makes_the_server_join_that_round_with_the_better_of_it_and_its_own_first_vote()
    {
        var probe = new ElectionProbe(3, Five).Look(zxid: 5);
        probe.Hear(2, VoteFor(2, 9), 1);
        Assert.Equal(VoteFor(2, 9), probe.Election.CurrentVote);

        // What it took over in round 1 does not hold in round 3.
        probe.Hear(1, VoteFor(1), 3);

        Assert.Equal((3L, VoteFor(3, 5)), (probe.Election.Round, probe.Election.CurrentVote));
        Assert.Equal([1, 2, 4, 5], probe.Sent.Select(s => s.To).Distinct());
    }

    [Fact]
    public void Votes_of_the_round_before_do_not_make_a_quorum()
    {
        var probe = new ElectionProbe(3, Three).Look();
        probe.Hear(1, VoteFor(3), 1);
        Assert.NotNull(probe.Wait(50).Elected);

        probe.Look();
        Assert.Equal(2, probe.Election.Round);
        Assert.Null(probe.Hear(1, VoteFor(3), 1).Elected);
        Assert.Null(probe.Wait(100).Elected);
        probe.Hear(1, VoteFor(3), 2);
        Assert.Equal((3, 2L), probe.Wait(50).Elected);
    }

    [Fact]
    public void A_better_vote_of_the_round_before_does_not_hide_the_voters_present_one()
    {
        var joins = new ElectionProbe(1, Five).Look();
        joins.Hear(2, VoteFor(5), 1).Hear(3, VoteFor(3), 2).Hear(2, VoteFor(3), 2);
        Assert.Equal((3, 2L), joins.Wait(50).Elected);

        var begins = new ElectionProbe(1, Five).Look();
        begins.Hear(2, VoteFor(5), 1).Look().Hear(3, VoteFor(3), 2).Hear(2, VoteFor(3), 2);
        Assert.Equal((3, 2L), begins.Wait(50).Elected);
    }

    [Fact]
    public void A_vote_of_a_lower_round_is_answered_and_not_counted()
    {
        var probe = new ElectionProbe(3, Three).Look().Look();

        probe.Hear(1, VoteFor(1, 99, 9), 1);

        Assert.Equal([(1, new FastNotification(VoteFor(3), 2, ElectionState.Looking))], probe.Sent);
        Assert.Equal((2L, VoteFor(3)), (probe.Election.Round, probe.Election.CurrentVote));
    }

    [Fact]
    public void A_better_vote_of_the_round_is_taken_over_and_told_to_all_and_a_worse_one_answered()
    {
        var probe = new ElectionProbe(2, Five).Look();

        probe.Hear(4, VoteFor(4), 1);
        Assert.Equal([1, 3, 4, 5], probe.Sent.Select(s => s.To));
        Assert.All(probe.Sent, sent => Assert.Equal(new FastNotification(VoteFor(4), 1, ElectionState.Looking), sent.Message));

        probe.Hear(3, VoteFor(3), 1);
        Assert.Equal([(3, new FastNotification(VoteFor(4), 1, ElectionState.Looking))], probe.Sent);

        Assert.Empty(probe.Hear(5, VoteFor(4), 1).Sent);
    }

    [Fact]
    public void A_quorum_decides_after_the_finalize_wait()
    {
        var probe = new ElectionProbe(1, Three).Look();
        probe.Hear(2, VoteFor(2), 1);

        Assert.Equal(50, probe.Election.NextDeadline);
        Assert.Null(probe.Wait(49).Elected);
        Assert.Equal((2, 1L), probe.Wait(1).Elected);
        Assert.Equal((ElectionState.Following, VoteFor(2)), (probe.Election.State, probe.Election.CurrentVote));
        Assert.Null(probe.Election.NextDeadline);
    }

    [Fact]
    public void A_better_vote_within_the_wait_begins_the_wait_anew()
    {
        var probe = new ElectionProbe(1, Five).Look();
        probe.Hear(2, VoteFor(2), 1).Hear(3, VoteFor(2), 1);
        probe.Wait(40).Hear(4, VoteFor(4), 1).Wait(40);
        Assert.Equal(ElectionState.Looking, probe.Election.State);

        probe.Hear(2, VoteFor(4), 1);
        Assert.Null(probe.Wait(49).Elected);
        Assert.Equal((4, 1L), probe.Wait(1).Elected);
    }

    [Fact]
    public void A_resend_within_the_wait_does_not_prolong_it()
    {
        var probe = new ElectionProbe(1, Three).Look().Wait(180);
        probe.Hear(2, VoteFor(2), 1).Hear(2, VoteFor(2), 1);
        Assert.Null(probe.Wait(49).Elected);
        Assert.Equal((2, 1L), probe.Wait(1).Elected);
    }

    [Fact]
    public void The_wait_ends_at_once_when_every_vote_is_known_or_its_server_unreachable()
    {
        var all = new ElectionProbe(1, Three).Look();
        all.Hear(3, VoteFor(3), 1);
        Assert.Null(all.Elected);
        Assert.Equal((3, 1L), all.Hear(2, VoteFor(3), 1).Elected);

        var lost = new ElectionProbe(1, Three).Look();
        lost.Give(new ElectionInput.PeerLost(new ServerId(3)));
        Assert.Equal((2, 1L), lost.Hear(2, VoteFor(2), 1).Elected);
    }

    [Fact]
    public void An_overtaken_vote_does_not_replace_the_better_one_after_it()
    {
        var probe = new ElectionProbe(1, Five).Look();
        probe.Hear(2, VoteFor(3), 1).Hear(2, VoteFor(2), 1).Hear(3, VoteFor(3), 1);
        Assert.Equal((3, 1L), probe.Wait(50).Elected);
    }

    [Fact]
    public void A_late_server_follows_a_leader_named_by_a_quorum_that_says_itself_that_it_leads()
    {
        var probe = new ElectionProbe(5, Five).Look(zxid: 100);
        Assert.Null(probe.Hear(1, VoteFor(3, 4, 2), 7, ElectionState.Following).Elected);
        Assert.Null(probe.Hear(2, VoteFor(3, 4, 2), 7, ElectionState.Following).Elected);
        Assert.Null(probe.Hear(4, VoteFor(3, 4, 2), 7, ElectionState.Following).Elected);

        Assert.Equal((3, 7L), probe.Hear(3, VoteFor(3, 4, 2), 7, ElectionState.Leading).Elected);
        Assert.Equal((ElectionState.Following, 7L, VoteFor(3, 4, 2)), (probe.Election.State, probe.Election.Round, probe.Election.CurrentVote));
    }

    [Fact]
    public void Followers_that_have_not_noticed_their_leaders_end_do_not_make_others_follow_it()
    {
        var probe = new ElectionProbe(5, Five).Look();
        foreach (var follower in new[] { 1, 2, 4 })
        {
            Assert.Null(probe.Hear(follower, VoteFor(3, 4, 2), 7, ElectionState.Following).Elected);
        }

        // The leader leads no longer: what it said before does not count either.
        probe = new ElectionProbe(5, Five).Look();
        probe.Hear(3, VoteFor(3, 4, 2), 7, ElectionState.Leading).Hear(3, VoteFor(3, 4, 2), 8);
        foreach (var follower in new[] { 1, 2, 4 })
        {
            Assert.Null(probe.Hear(follower, VoteFor(3, 4, 2), 7, ElectionState.Following).Elected);
        }
    }

    [Fact]
    public void Followers_elect_this_server_only_in_the_round_it_is_in()
    {
        var other = new ElectionProbe(3, Three).Look();
        other.Hear(1, VoteFor(3), 6, ElectionState.Following);
        Assert.Null(other.Hear(2, VoteFor(3), 6, ElectionState.Following).Elected);

        var same = new ElectionProbe(3, Three).Look();
        same.Hear(1, VoteFor(3), 1, ElectionState.Following);
        Assert.Equal((3, 1L), same.Hear(2, VoteFor(3), 1, ElectionState.Following).Elected);
        Assert.Equal(ElectionState.Leading, same.Election.State);
    }

    [Fact]
    public void A_server_that_has_a_leader_answers_only_those_that_look()
    {
        var probe = Led();
        Assert.Equal([(3, new FastNotification(VoteFor(2), 1, ElectionState.Following))], probe.Hear(3, VoteFor(3, 50, 5), 9).Sent);
        Assert.Empty(probe.Hear(3, VoteFor(2), 1, ElectionState.Following).Sent);
        Assert.Equal((ElectionState.Following, 1L), (probe.Election.State, probe.Election.Round));
    }

    [Fact]
    public void A_server_that_decides_tells_those_that_still_look()
    {
        var probe = new ElectionProbe(3, Five).Look();
        probe.Hear(1, VoteFor(3), 1).Hear(2, VoteFor(3), 1);
        probe.Wait(50);
        Assert.Equal((3, 1L), probe.Elected);
        var told = new FastNotification(VoteFor(3), 1, ElectionState.Leading);
        Assert.Equal([(1, told), (2, told)], probe.Sent);
    }

    [Fact]
    public void The_established_epoch_is_in_the_vote_told_from_then_on()
    {
        var probe = Led();
        probe.Give(new ElectionInput.EpochEstablished(new Epoch(4)));
        Assert.Equal(VoteFor(2, 0, 4), probe.Election.CurrentVote);
        Assert.Equal([(3, new FastNotification(VoteFor(2, 0, 4), 1, ElectionState.Following))], probe.Hear(3, VoteFor(3), 1).Sent);

        // Too late: the server looks again, and its vote is about its own history.
        probe.Look(zxid: 1, epoch: 1).Give(new ElectionInput.EpochEstablished(new Epoch(5)));
        Assert.Equal(VoteFor(1, 1, 1), probe.Election.CurrentVote);
    }

    [Fact]
    public void An_unanswered_vote_is_told_again_after_200_ms_and_then_after_twice_as_long_up_to_60_s()
    {
        var probe = new ElectionProbe(1, Three).Look();
        var intervals = new List<long>();
        for (var time = 0L; intervals.Count < 12;)
        {
            var interval = probe.Election.NextDeadline!.Value - time;
            intervals.Add(interval);
            Assert.Empty(probe.Wait(interval - 1).Sent);
            Assert.Equal([2, 3], probe.Wait(1).Sent.Select(s => s.To));
            time += interval;
        }

        Assert.Equal([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 60_000, 60_000, 60_000], intervals);
        probe.Hear(2, VoteFor(2, 1), 1);
        Assert.Equal(50, probe.Election.NextDeadline - probe.Wait(0).Time);
    }

    [Fact]
    public void A_new_connection_is_told_the_vote_at_once_whatever_the_server_does()
    {
        var probe = new ElectionProbe(1, Three).Look();
        Assert.Equal(
            [(3, new FastNotification(VoteFor(1), 1, ElectionState.Looking))],
            probe.Give(new ElectionInput.PeerConnected(new ServerId(3))).Sent);
        Assert.Equal(
            [(3, new FastNotification(VoteFor(2), 1, ElectionState.Following))],
            Led().Give(new ElectionInput.PeerConnected(new ServerId(3))).Sent);
    }

    [Fact]
    public void When_the_candidates_connection_breaks_a_new_round_begins_without_it()
    {
        var probe = new ElectionProbe(1, Five).Look();
        probe.Hear(5, VoteFor(5), 1).Hear(2, VoteFor(5), 1);

        probe.Give(new ElectionInput.PeerLost(new ServerId(5)));

        Assert.Equal((2L, VoteFor(1)), (probe.Election.Round, probe.Election.CurrentVote));
        Assert.Equal([2, 3, 4, 5], probe.Sent.Select(s => s.To));
    }

    [Fact]
    public void A_candidate_out_of_reach_is_not_elected_and_a_later_round_drops_it()
    {
        var probe = new ElectionProbe(1, Five).Look();
        probe.Give(new ElectionInput.PeerLost(new ServerId(5)));
        probe.Hear(2, VoteFor(5), 1).Hear(3, VoteFor(5), 1);
        Assert.Null(probe.Wait(60).Elected);

        probe.Wait(140);
        Assert.Equal((2L, VoteFor(1)), (probe.Election.Round, probe.Election.CurrentVote));

        // It is back: now it may win.
        probe.Hear(5, VoteFor(5), 2).Hear(3, VoteFor(5), 2);
        Assert.Equal((5, 2L), probe.Wait(50).Elected);
    }

    [Fact]
    public void Observers_votes_are_answered_and_not_counted_and_an_observer_does_not_lead()
    {
        var configuration = ElectionNetwork.Ensemble(3, observers: 2);
        var probe = new ElectionProbe(1, configuration).Look();
        Assert.Equal([4], probe.Hear(4, VoteFor(1, 1), 9).Sent.Select(s => s.To));
        Assert.Equal([5], probe.Hear(5, VoteFor(5, 99, 9), 9).Sent.Select(s => s.To));
        Assert.Null(probe.Wait(50).Elected);
        Assert.Equal((1L, VoteFor(1)), (probe.Election.Round, probe.Election.CurrentVote));

        var observer = new ElectionProbe(4, configuration).Look(zxid: 99, epoch: 9);
        Assert.Equal(default, observer.Election.CurrentVote);
        observer.Hear(1, VoteFor(2), 3).Hear(2, VoteFor(2), 3);
        Assert.Equal((2, 3L), observer.Wait(50).Elected);
        Assert.Equal(ElectionState.Observing, observer.Election.State);
    }

    [Fact]
    public void Messages_of_strangers_malformed_values_and_other_algorithms_are_counted_and_ignored()
    {
        var probe = new ElectionProbe(1, ElectionNetwork.Ensemble(3, observers: 1)).Look();
        probe.Hear(9, VoteFor(3, 9, 9), 5).Hear(1, VoteFor(3, 9, 9), 5);
        probe.Hear(2, VoteFor(9, 9, 9), 5).Hear(2, VoteFor(4, 9, 9), 5).Hear(2, VoteFor(3, -1, 9), 5).Hear(2, VoteFor(3, 9, -1), 5);
        probe.Hear(2, VoteFor(3, 9, 9), 0).Hear(2, VoteFor(3, 9, 9), long.MaxValue).Hear(2, VoteFor(3, 9, 9), 5, (ElectionState)9);
        probe.Hear(2, VoteFor(3, 9, 9), 5, ElectionState.Leading).Hear(2, VoteFor(3, 9, 9), 5, ElectionState.Observing);
        probe.Hear(2, new VoteRequest(1));

        Assert.Equal(new ElectionCounters(Strangers: 2, Malformed: 9, OtherAlgorithm: 1, 0, 0, 0, 0), probe.Election.Counters);
        Assert.Equal((1L, VoteFor(1)), (probe.Election.Round, probe.Election.CurrentVote));
    }

    [Fact]
    public void A_stranger_that_looks_is_told_who_leads_and_has_no_say()
    {
        var probe = new ElectionProbe(1, Three).Look();
        probe.Hear(9, VoteFor(9, 99, 9), 1);
        Assert.Equal([(9, new FastNotification(VoteFor(1), 1, ElectionState.Looking))], probe.Sent);
        Assert.Equal((1L, VoteFor(1)), (probe.Election.Round, probe.Election.CurrentVote));

        // It goes on looking, so it is told when there is a leader.
        probe.Hear(2, VoteFor(1), 1);
        Assert.Equal((1, 1L), probe.Wait(50).Elected);
        Assert.Contains((9, new FastNotification(VoteFor(1), 1, ElectionState.Leading)), probe.Sent);
    }

    [Fact]
    public void A_server_that_gets_a_vote_while_it_has_a_leader_tells_so_as_a_follower()
    {
        var probe = new ElectionProbe(4, ElectionNetwork.Ensemble(3, observers: 1)).Look();
        probe.Hear(1, VoteFor(3), 1, ElectionState.Following).Hear(3, VoteFor(3), 1, ElectionState.Leading);
        Assert.Equal(ElectionState.Observing, probe.Election.State);
        probe.Give(new ElectionInput.ConfigurationChanged(ElectionNetwork.Ensemble(4)));
        Assert.Equal((ElectionState.Following, VoteFor(3)), (probe.Election.State, probe.Election.CurrentVote));
    }

    [Fact]
    public void A_candidate_that_another_configuration_drops_is_dropped()
    {
        var probe = new ElectionProbe(1, Five).Look();
        probe.Hear(5, VoteFor(5), 1).Hear(2, VoteFor(5), 1);
        probe.Give(new ElectionInput.ConfigurationChanged(Three));
        Assert.Equal((2L, VoteFor(1)), (probe.Election.Round, probe.Election.CurrentVote));

        probe.Hear(2, VoteFor(2), 2);
        Assert.Equal((2, 2L), probe.Wait(50).Elected);
    }

    [Fact]
    public void A_smaller_configuration_may_complete_the_quorum()
    {
        var probe = new ElectionProbe(1, Five).Look();
        probe.Hear(2, VoteFor(2), 1);
        Assert.Null(probe.Wait(60).Elected);
        probe.Give(new ElectionInput.ConfigurationChanged(Three));
        Assert.Equal((2, 1L), probe.Wait(50).Elected);
    }

    private static ElectionProbe Led()
    {
        var probe = new ElectionProbe(1, Three).Look();
        probe.Hear(2, VoteFor(2), 1);
        Assert.Equal((2, 1L), probe.Wait(50).Elected);
        return probe;
    }
}

using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using static GrainKeeper.Core.Tests.Zab.TxnText;

namespace GrainKeeper.Core.Tests.Zab;

/// <summary>Phase 1: who joins, which epoch is chosen, and how long anybody waits for it.</summary>
public sealed class DiscoveryTests
{
    [Fact]
    public void The_epoch_is_above_every_one_that_a_quorum_has_accepted_and_told_only_once_it_is_durable()
    {
        var leader = new ZabProbe(3, 5).Seed(4).Start().Elect(3).Join(1, accepted: 9);
        Assert.Empty(leader.Writes);
        leader.Join(2, accepted: 6);
        Assert.Equal(["accept 10"], leader.Writes);
        Assert.Empty(leader.Said());

        leader.Flush();
        Assert.Equal(["1: LEADERINFO 10", "2: LEADERINFO 10"], leader.Said());
        leader.Join(4, accepted: 0);
        Assert.Equal(["4: LEADERINFO 10"], leader.Said());
    }

    [Fact]
    public void A_leader_enters_the_epoch_when_a_quorum_has_promised_it_and_not_by_promises_given_before()
    {
        var leader = new ZabProbe(3, 5).Seed(1, Ts(1, 1, 3)).Start().Elect(3).Join(1, accepted: 1).Join(2, accepted: 1).Flush();
        leader.Hear(1, AckEpoch(1, 1, 3));
        leader.Hear(2, AckEpoch(1, 1, 3, again: true));
        Assert.Equal("Leading/Discovery", leader.State);

        leader.Join(4, accepted: 1).Hear(4, AckEpoch(1, 1, 3));
        Assert.Equal("Leading/Synchronization", leader.State);
        Assert.Equal(["enter 2"], leader.Writes);
    }

    [Fact]
    public void Too_many_promises_given_before_make_a_leader_look_for_another_epoch()
    {
        var leader = new ZabProbe(3, 3).Start().Elect(3).Join(1, accepted: 0).Join(2, accepted: 0).Flush();
        leader.Hear(1, AckEpoch(0, 0, 0, again: true));
        Assert.Equal("Leading/Discovery", leader.State);
        leader.Hear(2, AckEpoch(0, 0, 0, again: true));
        Assert.Equal("Looking/Election", leader.State);
    }

    [Theory]
    [InlineData(2, 0, true)]
    [InlineData(1, 4, true)]
    [InlineData(1, 3, false)]
    [InlineData(0, 9, false)]
    public void A_leader_gives_way_to_a_voter_with_more_history_first_by_epoch_then_by_zxid(int epoch, uint counter, bool givesWay)
    {
        var leader = new ZabProbe(3, 3).Seed(1, Ts(1, 1, 3)).Start().Elect(3).Join(2, accepted: 2).Flush();
        leader.Hear(2, AckEpoch(epoch, counter == 0 ? 0 : 1, counter));
        Assert.Equal(givesWay ? "Looking/Election" : "Leading/Synchronization", leader.State);
    }

    [Fact]
    public void A_learner_never_follows_below_the_epoch_it_accepted_and_promises_each_epoch_once()
    {
        var low = new ZabProbe(1, 3).Seed(5).Start().Elect(3).Hear(3, new ZabMessage.LeaderInfo(new Epoch(4)));
        Assert.Equal("Looking/Election", low.State);
        Assert.Empty(low.Writes);

        var equal = new ZabProbe(1, 3).Seed(5).Start().Elect(3).Hear(3, new ZabMessage.LeaderInfo(new Epoch(5)));
        Assert.Equal(["3: FOLLOWERINFO 5", "3: ACKEPOCH 5 0.0..0.0 again"], equal.Said());

        var greater = new ZabProbe(1, 3).Seed(5).Start().Elect(3).Hear(3, new ZabMessage.LeaderInfo(new Epoch(6)));
        Assert.Equal(["3: FOLLOWERINFO 5"], greater.Said());
        Assert.Equal(["3: ACKEPOCH 5 0.0..0.0"], greater.Flush().Said());
    }

    [Fact]
    public void A_leader_that_no_quorum_joins_looks_again_after_the_join_timeout()
    {
        var leader = new ZabProbe(3, 5).Start().Elect(3).Join(1, accepted: 0).Wait(1_900);
        Assert.Equal("Leading/Discovery", leader.State);
        leader.Said();

        leader.Wait(400);
        Assert.Equal("Looking/Election", leader.State);
        Assert.Equal(["1: LEAVING"], leader.Said());
    }

    [Fact]
    public void Each_new_learner_gives_the_others_time_and_one_that_comes_again_and_again_does_not()
    {
        var leader = new ZabProbe(3, 5).Start().Elect(3).Wait(1_500).Join(1, accepted: 0).Wait(1_500);
        Assert.Equal("Leading/Discovery", leader.State);
        leader.Join(1, accepted: 0).Wait(800);
        Assert.Equal("Looking/Election", leader.State);
    }

    [Fact]
    public void Once_a_quorum_has_joined_slow_disks_have_the_whole_init_timeout()
    {
        var leader = new ZabProbe(3, 3).Start().Elect(3).Join(1, accepted: 0).Wait(9_700);
        Assert.Equal("Leading/Discovery", leader.State);
        leader.Wait(600);
        Assert.Equal("Looking/Election", leader.State);
    }

    [Fact]
    public void A_leader_looks_again_at_once_when_no_quorum_is_left_that_could_join()
    {
        var leader = new ZabProbe(3, 5).Start().Elect(3).Join(1, accepted: 0);
        leader.Lose(2).Lose(4);
        Assert.Equal("Leading/Discovery", leader.State);
        leader.Hear(1, new ZabMessage.Leaving("it follows another server"));
        Assert.Equal("Looking/Election", leader.State);
        Assert.Equal("servers 1, 2, 4 are gone: no quorum can join in Discovery", leader.LastReason);
    }

    [Fact]
    public void Who_comes_back_is_no_longer_gone()
    {
        var leader = new ZabProbe(3, 5).Start().Elect(3).Join(1, accepted: 0).Lose(2).Lose(4).Join(2, accepted: 0).Lose(1);
        Assert.Equal("Leading/Discovery", leader.State);

        // A second channel of the same learner is a coming back too.
        leader.Join(1, accepted: 0).Join(1, accepted: 0);
        Assert.Equal("Leading/Discovery", leader.State);
    }

    [Fact]
    public void In_synchronization_too_a_leader_does_not_wait_for_those_that_are_gone()
    {
        var leader = new ZabProbe(3, 3).Start().Elect(3).Lose(1).Join(2, accepted: 0).Flush().Hear(2, AckEpoch(0, 0, 0));
        Assert.Equal("Leading/Synchronization", leader.State);
        leader.Lose(2);
        Assert.Equal("Looking/Election", leader.State);
    }

    [Fact]
    public void A_learner_that_waits_for_a_server_which_does_not_come_to_lead_is_turned_away_after_the_join_timeout()
    {
        var looking = new ZabProbe(3, 3).Start().Join(1, accepted: 0).Wait(1_900);
        Assert.Empty(looking.Said());
        looking.Wait(200);
        Assert.Equal(["1: LEAVING"], looking.Said());
        Assert.Null(looking.Peer.NextDeadline);

        // The next one waits anew, and is taken along when this server leads in time.
        looking.Join(2, accepted: 0).Wait(1_000).Elect(3);
        Assert.Equal(["accept 1"], looking.Writes);
        Assert.Equal(["2: LEADERINFO 1"], looking.Flush().Said());
    }

    [Fact]
    public void A_learner_is_told_at_once_when_the_server_it_takes_for_the_leader_follows_another()
    {
        var looking = new ZabProbe(2, 3).Start().Join(1, accepted: 0).Elect(3);
        Assert.Equal(["3: FOLLOWERINFO 0", "1: LEAVING"], looking.Said());
    }

    [Fact]
    public void The_join_timeout_lies_between_a_second_and_the_init_timeout()
    {
        Assert.Equal(2_000, new ZabOptions().JoinTimeout);
        Assert.Equal(1_000, new ZabOptions { SyncTimeout = 500 }.JoinTimeout);
        Assert.Equal(700, new ZabOptions { SyncTimeout = 5_000, InitTimeout = 700 }.JoinTimeout);
    }

    private static ZabMessage.AckEpoch AckEpoch(int current, int epoch, uint counter, bool again = false) =>
        new(new Epoch(current), Z(epoch, counter), Zxid.Zero, !again);
}

using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using static GrainKeeper.Core.Tests.Zab.TxnText;

namespace GrainKeeper.Core.Tests.Zab;

/// <summary>A leader asks a quorum whether it still leads: one round at a time, each for what was asked before it began.</summary>
public sealed class ConfirmationTests
{
    [Fact]
    public void A_round_is_confirmed_by_a_quorum_of_answers_to_it()
    {
        var leader = Leading(5, 1, 2, 4);
        var round = leader.Peer.RequestConfirmation();
        Assert.Equal(round, leader.Peer.RequestConfirmation());
        Assert.Empty(leader.Said());
        Assert.Equal(["1: CONFIRM 1", "2: CONFIRM 1", "4: CONFIRM 1"], leader.BeginConfirmation().Said());
        leader.Hear(4, new ZabMessage.Confirmed(1));
        Assert.Equal(0, leader.Peer.RoundConfirmed);
        leader.Hear(1, new ZabMessage.Confirmed(1));
        Assert.Equal((round, "Leading/Broadcast"), (leader.Peer.RoundConfirmed, leader.State));
        leader.Hear(2, new ZabMessage.Confirmed(1));
        Assert.Equal(round, leader.Peer.RoundConfirmed);
        Assert.Empty(leader.Said());
        Assert.Empty(leader.Writes);
    }

    [Fact]
    public void What_is_wanted_while_a_round_is_under_way_waits_for_the_next()
    {
        var leader = Leading(3, 1, 2);
        leader.Peer.RequestConfirmation();
        leader.BeginConfirmation().Said();
        Assert.Equal(2, leader.Peer.RequestConfirmation());
        Assert.Empty(leader.BeginConfirmation().Said());
        leader.Hear(1, new ZabMessage.Confirmed(1));
        Assert.Equal(1, leader.Peer.RoundConfirmed);
        Assert.Equal(["1: CONFIRM 2", "2: CONFIRM 2"], leader.Said());

        // The other's answer to the first round is none to the second.
        leader.Hear(2, new ZabMessage.Confirmed(1));
        Assert.Equal(1, leader.Peer.RoundConfirmed);
        leader.Hear(2, new ZabMessage.Confirmed(2));
        Assert.Equal(2, leader.Peer.RoundConfirmed);
    }

    [Fact]
    public void Observers_count_for_nothing_and_are_not_asked()
    {
        var configuration = new QuorumConfiguration(
            Zxid.Zero, [.. Enumerable.Range(1, 3).Select(i => new Member(new ServerId(i), MemberRole.Participant)), new Member(new ServerId(4), MemberRole.Observer)]);
        var leader = new ZabProbe(3, configuration).Lead(1);
        leader.Join(4, accepted: 1, observer: true).Hear(4, new ZabMessage.AckEpoch(Epoch.None, Zxid.Zero, Zxid.Zero, true)).Hear(4, new ZabMessage.AckNewLeader(Zxid.Zero)).Said();
        leader.Peer.RequestConfirmation();
        Assert.Equal(["1: CONFIRM 1"], leader.BeginConfirmation().Said());
    }

    [Fact]
    public void Who_joins_while_a_round_is_under_way_is_asked_too()
    {
        var leader = Leading(5, 1, 2);
        leader.Peer.RequestConfirmation();
        leader.BeginConfirmation().Hear(1, new ZabMessage.Confirmed(1)).Said();
        leader.Join(4, accepted: 0).Hear(4, new ZabMessage.AckEpoch(Epoch.None, Zxid.Zero, Zxid.Zero, true)).Said();
        leader.Hear(4, new ZabMessage.AckNewLeader(Zxid.Zero));
        Assert.Equal(["4: UPTODATE at 0.0", "4: CONFIRM 1"], leader.Said());
        leader.Hear(4, new ZabMessage.Confirmed(1));
        Assert.Equal(1, leader.Peer.RoundConfirmed);
    }

    [Fact]
    public void An_answer_counts_no_more_when_the_channel_on_which_it_came_is_gone()
    {
        var leader = Leading(5, 1, 2, 4);
        leader.Peer.RequestConfirmation();
        leader.BeginConfirmation().Hear(1, new ZabMessage.Confirmed(1)).Lose(1).Hear(2, new ZabMessage.Confirmed(1));
        Assert.Equal((0L, "Leading/Broadcast"), (leader.Peer.RoundConfirmed, leader.State));
        leader.Hear(4, new ZabMessage.Confirmed(1));
        Assert.Equal(1, leader.Peer.RoundConfirmed);
    }

    [Fact]
    public void Who_a_reconfiguration_gives_a_vote_meanwhile_is_asked_with_the_next_heartbeat()
    {
        var leader = Leading(3, 1, 2);
        leader.Join(4, accepted: 1, observer: true).Hear(4, new ZabMessage.AckEpoch(Epoch.None, Zxid.Zero, Zxid.Zero, true)).Hear(4, new ZabMessage.AckNewLeader(Zxid.Zero));
        leader.Peer.RequestConfirmation();
        leader.BeginConfirmation();
        var next = new QuorumConfiguration(Zxid.Zero, [.. new[] { 3, 4, 5 }.Select(i => new Member(new ServerId(i), MemberRole.Participant))]);
        leader.Peer.Propose(TxnKind.Reconfiguration, Bytes(next));
        leader.Propose().FlushAll();
        leader.Hear(1, new ZabMessage.Ack(Z(1, 1))).Hear(4, new ZabMessage.Ack(Z(1, 1)));
        Assert.Equal([3, 4, 5], leader.Peer.Configuration.Participants.Select(p => p.Value));

        leader.Hear(1, new ZabMessage.Confirmed(1)).Hear(2, new ZabMessage.Confirmed(1));
        Assert.Equal(0, leader.Peer.RoundConfirmed);
        leader.Said();
        leader.Wait(300);
        Assert.Contains("4: CONFIRM 1", leader.Said());
        leader.Hear(4, new ZabMessage.Confirmed(1));
        Assert.Equal(1, leader.Peer.RoundConfirmed);
    }

    [Fact]
    public void A_follower_answers_on_its_leaders_channel_only_and_not_once_it_looks_for_another()
    {
        var follower = new ZabProbe(1, 3).Start().Elect(3).Hear(3, new ZabMessage.LeaderInfo(new Epoch(1))).FlushAll();
        follower.Hear(3, new ZabMessage.SyncDiff(Zxid.Zero), new ZabMessage.NewLeader(new Epoch(1), Zxid.Zero)).FlushAll().Said();
        Assert.Equal(["3: CONFIRMED 7"], follower.Hear(3, new ZabMessage.Confirm(7)).Said());
        follower.Lose(3).Said();
        Assert.Empty(follower.Hear(3, new ZabMessage.Confirm(8)).Said());
    }

    [Fact]
    public void Only_a_leader_in_broadcast_can_ask()
    {
        var follower = new ZabProbe(1, 3).Start().Elect(3);
        Assert.Throws<InvariantViolationException>(() => follower.Peer.RequestConfirmation());
        Assert.Equal(0, follower.Peer.RoundConfirmed);
        Assert.Throws<InvariantViolationException>(() => new ZabProbe(3, 3).Start().Elect(3).Peer.RequestConfirmation());
    }

    private static ZabProbe Leading(int servers, params int[] with) => new ZabProbe(3, servers).Lead(with);
}

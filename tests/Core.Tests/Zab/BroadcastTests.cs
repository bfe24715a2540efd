using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using static GrainKeeper.Core.Tests.Zab.TxnText;

namespace GrainKeeper.Core.Tests.Zab;

/// <summary>Phase 3: what commits, on whose word, and when a leader or a follower gives up.</summary>
public sealed class BroadcastTests
{
    [Fact]
    public void Proposals_are_pipelined_and_committed_in_order_by_one_message_for_all_that_a_quorum_has()
    {
        var leader = Leading(5, with: [1, 2]);
        leader.Propose("a", "b").Propose("c").FlushAll();
        Assert.Equal(
            ["1: PROPOSAL 1.1..1.2", "2: PROPOSAL 1.1..1.2", "1: PROPOSAL 1.3", "2: PROPOSAL 1.3"], leader.Said());
        leader.Hear(1, new ZabMessage.Ack(Z(1, 3)));
        Assert.Empty(leader.Said());
        leader.Hear(2, new ZabMessage.Ack(Z(1, 2)));
        Assert.Equal(["1: COMMIT 1.2", "2: COMMIT 1.2"], leader.Said());
        Assert.Equal(["a", "b"], leader.Application.Delivered.Select(Text));
        Assert.Equal(1, leader.Peer.OutstandingCount);
    }

    [Fact]
    public void A_quorum_of_weights_in_a_majority_of_groups_commits_and_nothing_less()
    {
        // Two groups of three; server 3 outweighs the others of its group, and server 5 has no weight.
        var configuration = new QuorumConfiguration(
            Zxid.Zero,
            [Member(1, 1, 1), Member(2, 1, 1), Member(3, 3, 1), Member(4, 1, 2), Member(5, 0, 2), Member(6, 1, 2), Member(7, 1, 3), Member(8, 1, 3), Member(9, 1, 3)]);
        var leader = new ZabProbe(3, configuration).Lead(1, 4, 5, 6, 7);
        leader.Propose("a").FlushAll();
        leader.Hear(1, new ZabMessage.Ack(Z(1, 1))).Hear(5, new ZabMessage.Ack(Z(1, 1)));
        leader.Hear(4, new ZabMessage.Ack(Z(1, 1))).Hear(7, new ZabMessage.Ack(Z(1, 1)));
        Assert.Equal(Zxid.Zero, leader.Peer.LastCommitted);
        leader.Hear(6, new ZabMessage.Ack(Z(1, 1)));
        Assert.Equal(Z(1, 1), leader.Peer.LastCommitted);

        // The server without a weight does not keep the leader in touch with a quorum either.
        leader.Lose(4);
        Assert.Equal("Looking/Election", leader.State);
    }

    [Fact]
    public void A_reconfiguration_and_all_after_it_need_a_quorum_of_both_configurations_and_what_precedes_it_does_not()
    {
        var leader = Leading(3, with: [2]);
        leader.Propose("before");
        var next = new QuorumConfiguration(Zxid.Zero, [Member(3), Member(4), Member(5)]);
        leader.Peer.Propose(TxnKind.Reconfiguration, Bytes(next));
        leader.Propose("after").FlushAll();
        leader.Hear(2, new ZabMessage.Ack(Z(1, 3)));
        Assert.Equal((Z(1, 1), Zxid.Zero), (leader.Peer.LastCommitted, leader.Peer.Configuration.Version));

        leader.Join(4, accepted: 0, observer: true).Hear(4, new ZabMessage.AckEpoch(Epoch.None, Zxid.Zero, Zxid.Zero, true));
        leader.Hear(4, new ZabMessage.AckNewLeader(Z(1, 3)));
        Assert.Equal((Z(1, 3), Z(1, 2)), (leader.Peer.LastCommitted, leader.Peer.Configuration.Version));
        Assert.Equal([3, 4, 5], leader.Peer.Configuration.Participants.Select(p => p.Value));

        // From now on the old voter counts for nothing.
        leader.Propose("more").FlushAll().Hear(2, new ZabMessage.Ack(Z(1, 4)));
        Assert.Equal(Z(1, 3), leader.Peer.LastCommitted);
        leader.Hear(4, new ZabMessage.Ack(Z(1, 4)));
        Assert.Equal(Z(1, 4), leader.Peer.LastCommitted);
    }

    [Fact]
    public void A_used_up_counter_ends_the_epoch_once_all_of_it_is_committed()
    {
        var leader = new ZabProbe(3, 3, new ZabOptions { LastCounter = 3 }).Lead(2);
        leader.Propose("a", "b", "c").FlushAll();
        Assert.False(leader.Peer.CanPropose);
        leader.Hear(2, new ZabMessage.Ack(Z(1, 2)));
        Assert.Equal("Leading/Broadcast", leader.State);
        leader.Hear(2, new ZabMessage.Ack(Z(1, 3)));
        Assert.Equal(("Looking/Election", Z(1, 3)), (leader.State, leader.Peer.LastCommitted));
        Assert.Equal("2: LEAVING", leader.Said()[^1]);

        // The next epoch goes on from counter 1.
        leader.Elect(3).Join(2, accepted: 1).FlushAll();
        leader.Hear(2, new ZabMessage.AckEpoch(new Epoch(1), Z(1, 3), Zxid.Zero, true)).FlushAll().Hear(2, new ZabMessage.AckNewLeader(Z(1, 3)));
        Assert.Equal(Z(2, 1), leader.Peer.NextZxid);
    }

    [Fact]
    public void The_last_counter_is_the_last_of_32_bits()
    {
        Assert.Equal(0xffffffffu, new ZabOptions().LastCounter);
        var leader = new ZabProbe(3, 1);
        leader.Seed(1, new Txn(Zxid.Of(new Epoch(1), uint.MaxValue), TxnKind.Application, default)).Start().Elect(1);
        leader = new ZabProbe(1, 1).Seed(1, new Txn(Zxid.Of(new Epoch(1), uint.MaxValue), TxnKind.Application, default)).Start().Elect(1).FlushAll();
        Assert.Equal(("Leading/Broadcast", Z(2, 1)), (leader.State, leader.Peer.NextZxid));
    }

    [Fact]
    public void A_leader_out_of_touch_with_a_quorum_steps_down_at_once_for_a_broken_connection_and_within_the_sync_timeout_for_silence()
    {
        var broken = Leading(3, with: [2]).Lose(2);
        Assert.Equal("Looking/Election", broken.State);

        var silent = Leading(3, with: [1, 2]);
        silent.Wait(1_900).Hear(1, new ZabMessage.Pong()).Wait(400);
        Assert.Equal("Leading/Broadcast", silent.State);
        Assert.Contains("2: LEAVING", silent.Said());
        silent.Wait(2_000);
        Assert.Equal("Looking/Election", silent.State);
    }

    [Fact]
    public void A_follower_leaves_a_silent_leader_after_the_sync_timeout_and_a_broken_connection_at_once()
    {
        var follower = Following();
        follower.Wait(1_900).Hear(3, new ZabMessage.Ping(Zxid.Zero)).Wait(1_900);
        Assert.Equal("Following/Broadcast", follower.State);
        follower.Wait(300);
        Assert.Equal("Looking/Election", follower.State);
        Assert.Equal("Looking/Election", Following().Lose(3).State);
        Assert.Equal("Following/Broadcast", Following().Lose(2).State);
    }

    [Fact]
    public void A_learner_that_joins_again_counts_only_for_what_it_says_on_its_new_channel()
    {
        var leader = Leading(5, with: [1, 2, 4]);
        leader.Propose("a").FlushAll().Hear(1, new ZabMessage.Ack(Z(1, 1)));

        // It has lost its disk: what it acknowledged is no longer there.
        leader.Lose(1).Join(1, accepted: 0).Hear(1, new ZabMessage.AckEpoch(Epoch.None, Zxid.Zero, Zxid.Zero, true));
        leader.Hear(2, new ZabMessage.Ack(Z(1, 1)));
        Assert.Equal(Zxid.Zero, leader.Peer.LastCommitted);
        leader.Hear(1, new ZabMessage.AckNewLeader(Z(1, 1)));
        Assert.Equal(Z(1, 1), leader.Peer.LastCommitted);
    }

    [Fact]
    public void An_observer_that_gets_what_is_committed_in_several_messages_stays()
    {
        var net = new ZabNetwork(3, observers: 1, new ZabOptions { MaxBatchBytes = 1 }).StartAll();
        var leader = net.Lead(3);
        foreach (var text in new[] { "a", "b", "c" })
        {
            leader.Queue(TxnKind.Application, System.Text.Encoding.UTF8.GetBytes(text));
        }

        leader.Flush();
        net.Settle();
        net.DemandAgreement();
        Assert.Equal(ZabRole.Observing, net[4].Peer.Role);
        Assert.Empty(net[4].Faults);
    }

    [Fact]
    public void A_message_seen_before_is_ignored_and_a_lost_one_ends_the_channel()
    {
        var net = new ZabNetwork(3).StartAll();
        var leader = net.Lead(3);
        leader.Propose("a");
        net.Deliver(3, 1, twice: true);
        net.Deliver(3, 2, twice: true);
        net.Settle();
        net.DemandAgreement();

        leader.Propose("b");
        leader.Propose("c");
        net.LoseNext(3, 1);
        net.Settle();
        Assert.Equal(ZabRole.Looking, net[1].Peer.Role);
        Assert.Equal(["a"], net[1].Application.Applied.Select(Text));
        net.DemandAgreement(2, 3);
        Assert.Empty(net[1].Faults);
    }

    private static Member Member(int id, int weight = 1, int? group = null) => new(new ServerId(id), MemberRole.Participant, weight, group);

    private static ZabProbe Leading(int servers, int[] with) => new ZabProbe(3, servers).Lead(with);

    private static ZabProbe Following()
    {
        var follower = new ZabProbe(1, 3).Start().Elect(3).Hear(3, new ZabMessage.LeaderInfo(new Epoch(1))).FlushAll();
        follower.Hear(3, new ZabMessage.SyncDiff(Zxid.Zero), new ZabMessage.NewLeader(new Epoch(1), Zxid.Zero)).FlushAll();
        follower.Hear(3, new ZabMessage.UpToDate(Zxid.Zero));
        Assert.Equal("Following/Broadcast", follower.State);
        follower.Said();
        return follower;
    }
}

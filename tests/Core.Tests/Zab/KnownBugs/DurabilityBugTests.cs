using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using static GrainKeeper.Core.Tests.Zab.TxnText;

namespace GrainKeeper.Core.Tests.Zab.KnownBugs;

/// <summary>Faults of ZooKeeper's synchronization in which something was acknowledged before it was durable.</summary>
public sealed class DurabilityBugTests
{
    // Broken to prove it: NEWLEADER acknowledged at once, the epoch written without waiting. The acknowledgement was said before the first flush.
    [Fact]
    public void ZOOKEEPER_3911_NEWLEADER_is_acknowledged_only_when_the_history_before_it_is_durable()
    {
        var follower = Synchronizing().Hear(3, new ZabMessage.NewLeader(new Epoch(2), Z(1, 4)));
        Assert.Empty(follower.Said());
        Assert.Equal((0, Z(1, 1)), (follower.Disk.CurrentEpoch.Value, follower.Disk.Last));

        // The history, the epoch, the answer.
        follower.Flush();
        Assert.Equal(Z(1, 4), follower.Disk.Last);
        Assert.Equal(["enter 2"], follower.Writes);
        Assert.Empty(follower.Said());

        follower.Flush();
        Assert.Equal(2, follower.Disk.CurrentEpoch.Value);
        Assert.Equal(["3: ACK NEWLEADER at 1.4"], follower.Said());
    }

    // Broken to prove it: as above. The leader came to Broadcast by a follower with nothing on its disk.
    [Fact]
    public void ZOOKEEPER_3911_a_leader_does_not_take_its_history_for_committed_before_a_quorum_has_it_on_disk()
    {
        var net = new ZabNetwork(3);
        net[3].Disk.Seed(new Epoch(1), Ts(1, 1, 3));
        net.StartAll();
        net.Crash(1);
        net.Elect(3);
        SettleWithout(net, disk: 2, until: n => n[2].Disk.Waiting > 0 && n[2].Effects.OfType<ZabEffect.Append>().Any());
        net.Settle(disks: n => n.Id.Value != 2);

        Assert.Equal(ZabPhase.Synchronization, net[3].Peer.Phase);
        Assert.Equal(Zxid.Zero, net[3].Peer.LastCommitted);

        // Both lose their power: what was never acknowledged may be gone, and nobody was told otherwise.
        net.Crash(2);
        net.Crash(3);
        Assert.Empty(net.Committed);
    }

    // Broken to prove it: currentEpoch written when DIFF came. A crash then left epoch 2 with 1.1 alone.
    [Fact]
    public void ZOOKEEPER_4643_a_crash_at_any_moment_never_leaves_the_new_epoch_without_its_history()
    {
        var reached = 0;
        for (var survivors = 0; survivors <= 4; survivors++)
        {
            var follower = Synchronizing();
            follower.Hear(3, new ZabMessage.NewLeader(new Epoch(2), Z(1, 4)));
            for (var i = 0; i < survivors; i++)
            {
                follower.Flush(1);
            }

            follower.Disk.Crash(0);
            if (follower.Disk.CurrentEpoch == new Epoch(2))
            {
                reached++;
                Assert.Equal(Ts(1, 1, 4).Select(t => t.Zxid), follower.Disk.Log.Select(t => t.Zxid));
            }
        }

        Assert.Equal(3, reached);
    }

    // Broken to prove it: the acknowledgement sent with the history durable, the epoch still on its way. The follower came back in epoch 0.
    [Fact]
    public void ZOOKEEPER_4646_a_follower_that_crashes_right_after_its_ack_of_NEWLEADER_comes_back_with_epoch_and_history()
    {
        var follower = Synchronizing().Hear(3, new ZabMessage.NewLeader(new Epoch(2), Z(1, 4)));
        var acknowledged = false;
        while (!acknowledged)
        {
            follower.Flush(1);
            acknowledged = follower.Said().Contains("3: ACK NEWLEADER at 1.4");
        }

        follower.Disk.Crash(0);
        follower.Start();
        Assert.Equal((2, Z(1, 4)), (follower.Peer.CurrentEpoch.Value, follower.Peer.LastLogged));
    }

    // Broken to prove it: appends acknowledged in whichever stage (the leader never established its epoch); and UPTODATE without its commit (the new
    // leader and the rest disagreed on what is committed).
    [Fact]
    public void ZOOKEEPER_4646_what_a_leader_established_survives_the_loss_of_everyone_but_the_follower_that_helped()
    {
        var net = new ZabNetwork(3);
        net[3].Disk.Seed(new Epoch(1), Ts(1, 1, 5));
        net.StartAll();
        net.Cut(1, 3);
        net.Elect(3, 3, 2);
        SettleWithout(net, disk: 0, until: n => n[3].Peer.Phase == ZabPhase.Broadcast);
        net.Crash(3);
        net.Crash(2);

        net[2].Start();
        net.Heal();
        net.Lead(2, 2, 1);
        net.DemandAgreement(1, 2);
        Assert.Equal(Ts(1, 1, 5).Select(Text), net[1].Application.Applied.Select(Text));
    }

    // Broken to prove it: every confirmed append acknowledged, in whichever stage. The acknowledgement of 2.1 was said before that of NEWLEADER.
    [Fact]
    public void ZOOKEEPER_4685_a_proposal_that_comes_before_the_ack_of_NEWLEADER_is_acknowledged_after_it()
    {
        var follower = Synchronizing().Hear(3, new ZabMessage.NewLeader(new Epoch(2), Z(1, 4)), new ZabMessage.Proposals([T(2, 1)], Z(1, 4)));

        // Its own append is durable at once, with the history; the epoch is not.
        follower.Flush();
        Assert.Equal(Z(2, 1), follower.Disk.Last);
        Assert.Empty(follower.Said());

        follower.Flush();
        Assert.Equal(["3: ACK NEWLEADER at 2.1"], follower.Said());

        follower.Hear(3, new ZabMessage.Proposals([T(2, 2)], Z(1, 4))).Flush();
        Assert.Equal(["3: ACK 2.2"], follower.Said());
    }

    // Broken to prove it: as above. The leader took the follower for faulty, and it never came to serve.
    [Fact]
    public void ZOOKEEPER_4685_a_leader_that_proposes_without_pause_does_not_stall_over_a_follower_that_joins()
    {
        var net = new ZabNetwork(3).StartAll();
        var leader = net.Lead(3, 2, 3);
        net[1].Step(new ZabInput.Elected(new ServerId(3)));
        for (var i = 0; i < 200; i++)
        {
            leader.Propose($"p{i}");
            foreach (var (from, to) in net.BusyLinks.ToList())
            {
                net.Deliver(from, to);
            }

            foreach (var node in net.Nodes.Values)
            {
                node.FlushDisk(1);
            }
        }

        net.Settle();
        net.DemandAgreement();
        Assert.Equal(200, leader.Application.Applied.Count);
        Assert.All(net.Nodes.Values, n => Assert.Empty(n.Faults));
    }

    // Broken to prove it: ACKEPOCH sent without waiting for the disk's queue. It was said while 2.1 and 2.2 were on their way.
    [Fact]
    public void ZOOKEEPER_4712_what_an_earlier_leadership_left_in_the_disks_queue_is_waited_for_and_cut_with_the_rest()
    {
        var follower = Serving();
        follower.Hear(3, new ZabMessage.Proposals([T(2, 1), T(2, 2)], Z(1, 4)));
        Assert.Equal(1, follower.Disk.Waiting);
        follower.Lose(3).Elect(2);
        follower.Said();

        // Nothing is said of the history while a part of it may or may not reach the disk.
        follower.Hear(2, new ZabMessage.LeaderInfo(new Epoch(3)));
        Assert.Empty(follower.Said());
        follower.Flush(1);
        Assert.Empty(follower.Said());
        follower.Flush();
        Assert.Equal(["2: ACKEPOCH 2 0.0..2.2"], follower.Said());

        follower.Hear(2, new ZabMessage.SyncTruncate(Z(2, 1), Z(2, 1)), new ZabMessage.NewLeader(new Epoch(3), Z(2, 1))).FlushAll();
        Assert.Equal(["2: ACK NEWLEADER at 2.1"], follower.Said());
        Assert.Equal(Z(2, 1), follower.Disk.Last);
    }

    // Broken to prove it: the leader counted its own proposals when it appended them. 1.1 was committed with nothing on its disk.
    [Fact]
    public void ZOOKEEPER_4882_memory_may_be_ahead_of_the_log_but_nothing_is_acknowledged_or_committed_by_it()
    {
        // The disk takes nothing any more. A server that goes on would be believed to hold what it does not.
        var follower = Serving();
        follower.Hear(3, new ZabMessage.Proposals([T(2, 1)], Z(1, 4)), new ZabMessage.Ping(Z(1, 4)));
        Assert.Equal(["3: PONG"], follower.Said());

        var leader = new ZabProbe(3, 3).Start().Elect(3).Join(2, accepted: 0);
        leader.FlushAll().Hear(2, new ZabMessage.AckEpoch(Epoch.None, Zxid.Zero, Zxid.Zero, true)).FlushAll();
        leader.Hear(2, new ZabMessage.AckNewLeader(Zxid.Zero));
        Assert.Equal("Leading/Broadcast", leader.State);
        leader.Propose("a");
        Assert.Equal(Zxid.Zero, leader.Peer.LastCommitted);
        leader.Hear(2, new ZabMessage.Ack(Z(1, 1)));
        Assert.Equal(Zxid.Zero, leader.Peer.LastCommitted);

        // Its own voice counts as any other: only when its own disk has it.
        leader.FlushAll();
        Assert.Equal(Z(1, 1), leader.Peer.LastCommitted);
    }

    /// <summary>A follower of server 3 that has 1.1 and was sent 1.2 to 1.4, which wait for its disk.</summary>
    private static ZabProbe Synchronizing()
    {
        var follower = new ZabProbe(1, 3);
        follower.Seed(1, T(1, 1)).Disk.CurrentEpoch = Epoch.None;
        follower.Start().Elect(3);
        follower.Hear(3, new ZabMessage.LeaderInfo(new Epoch(2))).Flush();
        Assert.Equal(["3: FOLLOWERINFO 1", "3: ACKEPOCH 0 0.0..1.1"], follower.Said());
        return follower.Hear(3, new ZabMessage.SyncDiff(Z(1, 4)), new ZabMessage.Proposals(Ts(1, 2, 4), Zxid.Zero));
    }

    private static ZabProbe Serving()
    {
        var follower = Synchronizing().Hear(3, new ZabMessage.NewLeader(new Epoch(2), Z(1, 4))).FlushAll();
        follower.Hear(3, new ZabMessage.UpToDate(Z(1, 4)));
        Assert.Equal("Following/Broadcast", follower.State);
        follower.Said();
        return follower;
    }

    /// <summary>Delivers everything and flushes all disks but one, until something is reached.</summary>
    private static void SettleWithout(ZabNetwork net, int disk, Func<ZabNetwork, bool> until)
    {
        for (var i = 0; i < 1_000 && !until(net); i++)
        {
            foreach (var (from, to) in net.BusyLinks.ToList())
            {
                net.Deliver(from, to);
            }

            foreach (var node in net.Nodes.Values.Where(n => n.IsUp))
            {
                // The epochs may be written; it is the history that the disk is slow with.
                if (node.Id.Value != disk || !node.Effects.OfType<ZabEffect.Append>().Any())
                {
                    node.FlushDisk(1);
                }
            }
        }

        Assert.True(until(net), "the ensemble did not get there");
    }
}

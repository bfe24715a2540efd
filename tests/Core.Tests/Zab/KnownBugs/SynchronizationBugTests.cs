using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using static GrainKeeper.Core.Tests.Zab.TxnText;

namespace GrainKeeper.Core.Tests.Zab.KnownBugs;

/// <summary>Faults of ZooKeeper's synchronization in which a learner ended with another history than its leader's.</summary>
public sealed class SynchronizationBugTests
{
    // Broken to prove it: COMMIT ignored before UPTODATE. 2.1 was never delivered.
    [Fact]
    public void ZOOKEEPER_4394_a_commit_between_NEWLEADER_and_UPTODATE_takes_effect_with_UPTODATE()
    {
        var follower = Acknowledged();
        follower.Hear(3, new ZabMessage.Proposals([T(2, 1)], Z(1, 2)), new ZabMessage.Commit(Z(2, 1))).FlushAll();
        Assert.Empty(follower.Application.Delivered);
        Assert.Equal(["3: ACK 2.1"], follower.Said());

        follower.Hear(3, new ZabMessage.UpToDate(Z(1, 2)));

        Assert.Equal(["1.1", "1.2", "2.1"], follower.Application.Delivered.Select(Text));
        Assert.Equal(("Following/Broadcast", Z(2, 1)), (follower.State, follower.Peer.LastCommitted));
    }

    // Broken to prove it: a follower, then a leader, announced in Broadcast before it applied what was synchronized. Nothing was applied at that
    // moment.
    [Fact]
    public void ZOOKEEPER_3023_a_server_is_said_to_serve_only_when_it_has_applied_what_was_synchronized()
    {
        var follower = Acknowledged();
        Zxid? appliedThen = null;
        follower.Application.OnRole = (_, phase) => appliedThen = phase == ZabPhase.Broadcast ? follower.Application.LastApplied : appliedThen;
        follower.Hear(3, new ZabMessage.UpToDate(Z(1, 2)));
        Assert.Equal(Z(1, 2), appliedThen);

        var leader = new ZabProbe(3, 3).Seed(1, Ts(1, 1, 2)).Start();
        leader.Application.OnRole = (_, phase) =>
            appliedThen = phase == ZabPhase.Broadcast ? leader.Peer.LastCommitted : appliedThen;
        Lead(leader, 2, Z(1, 2));
        Assert.Equal(Z(1, 2), appliedThen);
    }

    // Broken to prove it: proposals between the ACK of NEWLEADER and UPTODATE ignored. The next one left a gap, and server 2 never came to serve.
    [Fact]
    public void ZOOKEEPER_4925_what_came_between_NEWLEADER_and_UPTODATE_leaves_no_hole_in_what_the_follower_later_gives_others()
    {
        var net = new ZabNetwork(3).StartAll();
        var leader = net.Lead(3, 3, 1);
        leader.Propose("before");
        net.Settle();

        // Server 2 joins; its acknowledgement stays on the way while more is proposed and committed.
        net[2].Step(new ZabInput.Elected(new ServerId(3)));
        net.Settle(except: (from, to) => (from, to) == (2, 3) && net[3].Peer.Phase == ZabPhase.Broadcast && net[2].Peer.CurrentEpoch == net[3].Peer.CurrentEpoch);
        Assert.NotEqual(ZabPhase.Broadcast, net[2].Peer.Phase);
        foreach (var text in new[] { "a", "b", "c" })
        {
            leader.Propose(text);
            net.Settle(except: (from, to) => (from, to) == (2, 3));
        }

        net.Settle();
        Assert.Equal(ZabPhase.Broadcast, net[2].Peer.Phase);
        net.Crash(3);
        net.Crash(1, 0);
        net[1].Disk.Log.RemoveRange(1, 3);
        net[1].Start();
        net.Lead(2, 2, 1);
        net.DemandAgreement(1, 2);
        Assert.Equal(["before", "a", "b", "c"], net[1].Application.Applied.Select(Text));
        Assert.Empty(net[1].Faults);
    }

    // Broken to prove it: the state in part not abandoned. It stayed on the disk.
    [Fact]
    public void ZOOKEEPER_3642_a_state_that_arrived_in_part_leaves_no_trace()
    {
        var follower = Discovered(accepted: 2).Hear(3, new ZabMessage.SyncSnapshot(Z(1, 9), Z(1, 9)), Chunk(0, last: false, Ts(1, 1, 5)));
        follower.Said();
        follower.Lose(3);
        Assert.Equal(["abandon state"], follower.Writes);
        follower.FlushAll();
        Assert.Equal((Z(1, 2), "1.1 1.2"), (follower.Peer.LastLogged, Applied(follower)));

        // The next leader's DIFF builds on what the follower says it has.
        follower.Elect(2).Hear(2, new ZabMessage.LeaderInfo(new Epoch(3))).FlushAll();
        Assert.Contains("2: ACKEPOCH 1 0.0..1.2", follower.Said());
        Finish(follower, 2, 3, [T(1, 3)], Z(1, 3));
        Assert.Equal("1.1 1.2 1.3", Applied(follower));
        Assert.Equal(Ts(1, 1, 3).Select(t => t.Zxid), follower.Disk.Log.Select(t => t.Zxid));
    }

    // Broken to prove it: a state counted up to the end of its leader's log. The follower said it had 1.9.
    [Fact]
    public void ZOOKEEPER_3642_a_whole_state_without_the_transactions_after_it_counts_only_as_far_as_it_surely_reaches()
    {
        // The copy is fuzzy: 1.6 was applied while it was made, the leader's log went on to 1.9, and the leader dies before it sent that.
        var follower = Discovered(accepted: 2).Hear(3, new ZabMessage.SyncSnapshot(Z(1, 5), Z(1, 9)), Chunk(0, last: true, Ts(1, 1, 6)));
        follower.Lose(3).FlushAll();
        Assert.Equal((Z(1, 5), Z(1, 5)), (follower.Peer.LastLogged, follower.Disk.Base));
        follower.Said();

        follower.Elect(2).Hear(2, new ZabMessage.LeaderInfo(new Epoch(3))).FlushAll();
        Assert.Equal(["2: FOLLOWERINFO 2", "2: ACKEPOCH 1 1.5..1.5"], follower.Said());
        Finish(follower, 2, 3, Ts(1, 6, 7), Z(1, 7));
        Assert.Equal("1.1 1.2 1.3 1.4 1.5 1.6 1.7", Applied(follower));
    }

    // Broken to prove it: no restart after a cut of what was applied. 2.2 stayed in memory with the log at 2.1, which the invariants saw.
    [Fact]
    public void ZOOKEEPER_2845_a_transaction_that_never_was_committed_goes_from_log_and_memory_together()
    {
        // In the log, not applied: cut in place.
        var follower = Serving();
        follower.Hear(3, new ZabMessage.Proposals([T(2, 1)], Z(1, 2))).FlushAll();
        follower.Lose(3).Elect(2).Hear(2, new ZabMessage.LeaderInfo(new Epoch(3))).FlushAll();
        follower.Hear(2, new ZabMessage.SyncTruncate(Z(1, 2), Z(1, 2)));
        Finish(follower, 2, 3, [], Z(1, 2), diff: false);
        Assert.Equal((0, "1.1 1.2", Z(1, 2)), (follower.Restarts, Applied(follower), follower.Disk.Last));

        // Applied, as everything in the log is at a start: memory is built anew from the disk.
        var restarted = new ZabProbe(1, 3).Seed(2, T(1, 1), T(1, 2), T(2, 1), T(2, 2)).Start().Elect(2);
        restarted.Hear(2, new ZabMessage.LeaderInfo(new Epoch(3))).FlushAll();
        restarted.Hear(2, new ZabMessage.SyncTruncate(Z(2, 1), Z(2, 1)));
        Assert.Equal((1, "1.1 1.2 2.1", Z(2, 1), Z(2, 1)), (restarted.Restarts, Applied(restarted), restarted.Disk.Last, restarted.Peer.LastLogged));
        Assert.Equal("Looking/Election", restarted.State);
    }

    // Broken to prove it: NEWLEADER acknowledged at once: said before the cut was durable. And no restart after a cut of what was applied: memory
    // stayed at 2.3 with the log at 2.1, which the invariants saw.
    [Fact]
    public void ZOOKEEPER_5094_a_cut_is_acknowledged_only_when_it_is_durable_and_an_interrupted_one_is_done_again()
    {
        // Not applied in this life: without a restart, so that the acknowledgement can be watched.
        var follower = Serving();
        follower.Hear(3, new ZabMessage.Proposals(Ts(2, 1, 3), Z(1, 2))).FlushAll();
        follower.Lose(3).Elect(2).Hear(2, new ZabMessage.LeaderInfo(new Epoch(3))).FlushAll();
        follower.Said();
        follower.Hear(2, new ZabMessage.SyncTruncate(Z(2, 1), Z(2, 1)), new ZabMessage.NewLeader(new Epoch(3), Z(2, 1)));
        Assert.Empty(follower.Said());

        // The power fails before the cut: the log is whole, and the vote and the next ACKEPOCH say so.
        follower.Disk.Crash(0);
        follower.Start().Elect(2).Hear(2, new ZabMessage.LeaderInfo(new Epoch(3))).FlushAll();
        Assert.Equal(["2: FOLLOWERINFO 3", "2: ACKEPOCH 2 0.0..2.3 again"], follower.Said());
        follower.Hear(2, new ZabMessage.SyncTruncate(Z(2, 1), Z(2, 1)));
        Assert.Equal((1, Z(2, 1), Z(2, 1)), (follower.Restarts, follower.Peer.LastLogged, follower.Application.LastApplied));
    }

    // Broken to prove it: a DIFF only when memory holds transactions. A learner with the whole log was told to cut.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public void ZOOKEEPER_3526_a_leader_that_remembers_little_never_takes_that_for_the_end_of_its_log(int remembered)
    {
        // As after it served reads without a leader, or any start: memory holds only the newest part of the log, or nothing.
        foreach (var last in new[] { 20u, 18u, 7u })
        {
            var leader = new ZabProbe(3, 3).Seed(1, Ts(1, 1, 20)).Start(recent: remembered).Elect(3).Join(2, accepted: 1);
            leader.FlushAll();
            leader.Said();
            leader.Hear(2, new ZabMessage.AckEpoch(new Epoch(1), Z(1, last), Zxid.Zero, true)).AnswerAll();
            var said = leader.Said();
            Assert.Equal("2: DIFF to 1.20", said[0]);
            Assert.Equal("2: NEWLEADER 2 at 1.20", said[^1]);
            Assert.All(said[1..^1], m => Assert.StartsWith("2: PROPOSAL", m));
            Assert.Equal(last == 20, said.Length == 2);
        }
    }

    // Broken to prove it: a commit target of 0 taken for none. The leader of an empty ensemble stayed in Synchronization.
    [Fact]
    public void ZOOKEEPER_4352_zxid_0_is_a_position_like_any_other_and_no_sign_of_nothing_known()
    {
        var leader = new ZabProbe(3, 3).Start();
        Lead(leader, 2, Zxid.Zero);
        Assert.Equal(("Leading/Broadcast", Zxid.Zero), (leader.State, leader.Peer.LastCommitted));

        // One that has transactions which nobody else has is not told to cut back to zxid 0, where its log may not begin.
        leader.Join(1, accepted: 1).Said();
        leader.Hear(1, new ZabMessage.AckEpoch(new Epoch(1), Z(1, 5), Z(1, 3), false));
        Assert.Equal(["1: SNAP at 0.0", "1: CHUNK 0 last", "1: NEWLEADER 1 at 0.0"], leader.Said());
    }

    // Broken to prove it: the check for gaps removed. 1.5 was appended after 1.3.
    [Fact]
    public void ZOOKEEPER_2846_a_gap_in_what_a_leader_sends_is_refused_before_it_reaches_the_log()
    {
        var follower = Discovered(accepted: 2).Hear(3, new ZabMessage.SyncDiff(Z(1, 9)));
        follower.Hear(3, new ZabMessage.Proposals([T(1, 3), T(1, 5)], Zxid.Zero));
        Assert.Empty(follower.Writes);
        Assert.Equal(("Looking/Election", Z(1, 2)), (follower.State, follower.Peer.LastLogged));
        Assert.Equal(["3: its proposals are refused: gap: 0x100000005 does not directly follow 0x100000003"], follower.Faults);
    }

    // Broken to prove it: a read without an answer taken for the end of the log. 1.19 followed 1.8.
    [Fact]
    public void ZOOKEEPER_2846_a_log_that_was_purged_while_it_was_read_makes_the_leader_send_its_state_instead()
    {
        var leader = new ZabProbe(3, 3, new ZabOptions { MaxBatchBytes = 1 }).Seed(1, Ts(1, 1, 20)).Start(recent: 2);
        leader.Elect(3).Join(2, accepted: 1).FlushAll();
        leader.Said();
        leader.Hear(2, new ZabMessage.AckEpoch(new Epoch(1), Z(1, 7), Zxid.Zero, true));
        leader.Answer([T(1, 8)]).Answer(null);
        Assert.Equal(["2: DIFF to 1.20", "2: PROPOSAL 1.8", "2: SNAP at 1.20"], leader.Said()[..3]);
    }

    // Broken to prove it: what is read not checked. No exception, and 1.10 was sent after 1.8.
    [Fact]
    public void ZOOKEEPER_2846_a_leader_whose_own_log_has_a_gap_ends_rather_than_pass_it_on()
    {
        var leader = new ZabProbe(3, 3).Seed(1, Ts(1, 1, 20)).Start(recent: 2).Elect(3).Join(2, accepted: 1);
        leader.FlushAll().Hear(2, new ZabMessage.AckEpoch(new Epoch(1), Z(1, 7), Zxid.Zero, true));
        var error = Assert.Throws<InvariantViolationException>(() => leader.Answer([T(1, 8), T(1, 10)]));
        Assert.Contains("gap between 0x100000008 and 0x10000000a", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(leader.Said(), m => m.Contains("PROPOSAL", StringComparison.Ordinal));
    }

    // Broken to prove it: what is in memory taken for sent when the learner goes live. 1.19 to 2.2 were missing.
    [Fact]
    public void ZOOKEEPER_4785_what_is_proposed_while_the_log_is_read_for_a_learner_follows_what_was_read()
    {
        var leader = new ZabProbe(3, 3).Seed(1, Ts(1, 1, 20)).Start(recent: 2);
        Lead(leader, 2, Z(1, 20));
        leader.Join(1, accepted: 1).Hear(1, new ZabMessage.AckEpoch(new Epoch(1), Z(1, 15), Zxid.Zero, true));
        leader.Said();
        leader.Propose("a", "b").FlushAll().Hear(2, new ZabMessage.Ack(Z(2, 2)));
        Assert.Equal(Z(2, 2), leader.Peer.LastCommitted);
        Assert.Equal(["2: PROPOSAL 2.1..2.2", "2: COMMIT 2.2"], leader.Said());

        leader.AnswerAll();
        Assert.Equal(["1: DIFF to 1.20", "1: PROPOSAL 1.16..1.18", "1: PROPOSAL 1.19..2.2", "1: NEWLEADER 2 at 2.2"], leader.Said());

        // And nothing after it is lost either.
        leader.Propose("c");
        Assert.Equal(["1: PROPOSAL 2.3", "2: PROPOSAL 2.3"], leader.Said());
    }

    /// <summary>A follower of server 3 with 1.1 and 1.2 that has told its history.</summary>
    private static ZabProbe Discovered(int accepted)
    {
        var follower = new ZabProbe(1, 3).Seed(1, Ts(1, 1, 2)).Start().Elect(3).Hear(3, new ZabMessage.LeaderInfo(new Epoch(accepted)));
        follower.FlushAll().Said();
        return follower;
    }

    /// <summary>A follower of server 3 that was empty, has been sent 1.1 and 1.2, and has acknowledged epoch 2.</summary>
    private static ZabProbe Acknowledged()
    {
        var follower = new ZabProbe(1, 3).Start().Elect(3).Hear(3, new ZabMessage.LeaderInfo(new Epoch(2))).FlushAll();
        follower.Hear(3, new ZabMessage.SyncDiff(Z(1, 2)), new ZabMessage.Proposals(Ts(1, 1, 2), Zxid.Zero), new ZabMessage.NewLeader(new Epoch(2), Z(1, 2)));
        follower.FlushAll().Said();
        return follower;
    }

    private static ZabProbe Serving()
    {
        var follower = Acknowledged().Hear(3, new ZabMessage.UpToDate(Z(1, 2)));
        Assert.Equal("Following/Broadcast", follower.State);
        follower.Said();
        return follower;
    }

    private static void Finish(ZabProbe follower, int leader, int epoch, Txn[] missing, Zxid end, bool diff = true)
    {
        if (diff)
        {
            follower.Hear(leader, new ZabMessage.SyncDiff(end));
        }

        if (missing.Length > 0)
        {
            follower.Hear(leader, new ZabMessage.Proposals(missing, Zxid.Zero));
        }

        follower.Hear(leader, new ZabMessage.NewLeader(new Epoch(epoch), end)).FlushAll();
        follower.Hear(leader, new ZabMessage.UpToDate(end));
        Assert.Equal(("Following/Broadcast", end), (follower.State, follower.Peer.LastCommitted));
    }

    private static void Lead(ZabProbe leader, int with, Zxid end)
    {
        var epoch = leader.Peer.AcceptedEpoch;
        leader.Elect(leader.Self.Value).Join(with, epoch.Value).FlushAll();
        leader.Hear(with, new ZabMessage.AckEpoch(epoch, end, Zxid.Zero, true)).FlushAll();
        leader.Hear(with, new ZabMessage.AckNewLeader(end));
        Assert.Equal("Leading/Broadcast", leader.State);
    }

    private static ZabMessage.SnapshotChunk Chunk(int index, bool last, Txn[] txns)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        foreach (var txn in txns)
        {
            Write(output, txn);
        }

        return new ZabMessage.SnapshotChunk(index, last, output.WrittenMemory);
    }

    private static string Applied(ZabProbe probe) => string.Join(' ', probe.Application.Applied.Select(Text));
}

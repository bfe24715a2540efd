using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using static GrainKeeper.Core.Tests.Zab.TxnText;

namespace GrainKeeper.Core.Tests.Zab;

/// <summary>What no sound peer sends costs that peer its channel; this server goes on with the others, says what was wrong, and writes nothing of it.</summary>
public sealed class PeerAtFaultTests
{
    public static TheoryData<string, ZabMessage> ToALeader => new()
    {
        { "AckEpoch", new ZabMessage.AckEpoch(new Epoch(1), Z(1, 1), Zxid.Zero, true) },
        { "AckNewLeader", new ZabMessage.AckNewLeader(Z(1, 2)) },
        { "Ack", new ZabMessage.Ack(Z(2, 9)) },
        { "SnapshotChunkReceived", new ZabMessage.SnapshotChunkReceived(0) },
        { "FollowerInfo", new ZabMessage.FollowerInfo(new Epoch(2), false, Zxid.Zero) },
        { "Proposals", new ZabMessage.Proposals([T(2, 1)], Zxid.Zero) },
        { "Commit", new ZabMessage.Commit(Z(2, 1)) },
        { "NewLeader", new ZabMessage.NewLeader(new Epoch(2), Z(1, 2)) },
        { "UpToDate", new ZabMessage.UpToDate(Z(1, 2)) },
        { "Ping", new ZabMessage.Ping(Z(1, 2)) },
        { "Confirm ", new ZabMessage.Confirm(1) },
        { "Confirmed", new ZabMessage.Confirmed(1) },
        { "no message", new ZabMessage.Application("no message"u8.ToArray()) },
    };

    public static TheoryData<string, ZabMessage> ToAFollower => new()
    {
        { "LeaderInfo", new ZabMessage.LeaderInfo(new Epoch(3)) },
        { "SyncDiff", new ZabMessage.SyncDiff(Z(1, 2)) },
        { "SyncTruncate", new ZabMessage.SyncTruncate(Z(1, 1), Z(1, 1)) },
        { "SyncSnapshot", new ZabMessage.SyncSnapshot(Z(1, 2), Z(1, 2)) },
        { "SnapshotChunk", new ZabMessage.SnapshotChunk(0, true, default) },
        { "NewLeader", new ZabMessage.NewLeader(new Epoch(2), Z(1, 2)) },
        { "UpToDate", new ZabMessage.UpToDate(Z(1, 2)) },
        { "gap", new ZabMessage.Proposals([T(2, 2)], Z(1, 2)) },
        { "later epoch", new ZabMessage.Proposals([T(3, 1)], Z(1, 2)) },
        { "no configuration", new ZabMessage.Proposals([new Txn(Z(2, 1), TxnKind.Reconfiguration, "x"u8.ToArray())], Z(1, 2)) },
        { "it commits", new ZabMessage.Commit(Z(2, 1)) },
        { "it commits", new ZabMessage.Ping(Z(2, 1)) },
        { "FollowerInfo", new ZabMessage.FollowerInfo(new Epoch(2), false, Zxid.Zero) },
        { "Ack", new ZabMessage.Ack(Z(1, 2)) },
        { "Confirmed", new ZabMessage.Confirmed(1) },
        { "no message", new ZabMessage.Application("no message"u8.ToArray()) },
    };

    [Theory]
    [MemberData(nameof(ToALeader))]
    public void A_leader_drops_a_learner_at_fault_and_serves_the_others(string problem, ZabMessage message)
    {
        var leader = Leading();
        leader.Hear(1, message);

        Assert.Contains(problem, Assert.Single(leader.Faults), StringComparison.Ordinal);
        Assert.StartsWith("1: ", leader.Faults[0], StringComparison.Ordinal);
        Assert.Equal(["1: LEAVING"], leader.Said());
        Assert.Equal("lost 1", leader.Application.Events[^1]);
        Assert.Empty(leader.Writes);

        leader.Propose("a").FlushAll().Hear(2, new ZabMessage.Ack(Z(2, 1)));
        Assert.Equal(("Leading/Broadcast", Z(2, 1)), (leader.State, leader.Peer.LastCommitted));
        Assert.Equal(["2: PROPOSAL 2.1", "2: COMMIT 2.1"], leader.Said());
    }

    [Theory]
    [MemberData(nameof(ToAFollower))]
    public void A_follower_leaves_a_leader_at_fault_and_keeps_its_log(string problem, ZabMessage message)
    {
        var follower = Following();
        follower.Hear(3, message);

        Assert.Contains(problem, Assert.Single(follower.Faults), StringComparison.Ordinal);
        Assert.StartsWith("3: ", follower.Faults[0], StringComparison.Ordinal);
        Assert.Equal("Looking/Election", follower.State);
        Assert.Equal("3: LEAVING", follower.Said()[^1]);
        Assert.Empty(follower.Writes);
        Assert.Equal((Z(1, 2), Z(1, 2), Z(1, 2)), (follower.Peer.LastLogged, follower.Peer.LastCommitted, follower.Disk.Last));
    }

    [Fact]
    public void A_history_that_no_server_can_have_is_not_synchronized()
    {
        foreach (var history in new[]
        {
            new ZabMessage.AckEpoch(new Epoch(9), Z(1, 1), Zxid.Zero, true),
            new ZabMessage.AckEpoch(new Epoch(1), Z(9, 1), Zxid.Zero, true),
            new ZabMessage.AckEpoch(new Epoch(1), Z(1, 1), Z(1, 2), true),
            new ZabMessage.AckEpoch(new Epoch(1), Z(1, 0), Zxid.Zero, true),
        })
        {
            var leader = Leading().Join(1, accepted: 1);
            leader.Said();
            leader.Hear(1, history);
            Assert.Single(leader.Faults);
            Assert.Equal(["1: LEAVING"], leader.Said());
            Assert.Equal("Leading/Broadcast", leader.State);
        }
    }

    [Fact]
    public void An_epoch_after_which_there_is_no_other_is_refused_instead_of_ending_the_leader()
    {
        var leader = new ZabProbe(3, 3).Start().Elect(3).Join(1, accepted: int.MaxValue);
        Assert.Equal(["1: LEAVING"], leader.Said());
        Assert.Equal(["1: it has accepted epoch 2147483647, after which there is no other"], leader.Faults);

        leader.Join(2, accepted: 4);
        Assert.Equal(["accept 5"], leader.Writes);
    }

    [Fact]
    public void A_cut_or_a_state_below_what_is_committed_is_refused()
    {
        foreach (var message in new ZabMessage[] { new ZabMessage.SyncTruncate(Z(1, 1), Z(1, 1)), new ZabMessage.SyncSnapshot(Z(1, 1), Z(1, 1)), new ZabMessage.SyncSnapshot(Z(9, 1), Z(9, 1)) })
        {
            var follower = Following().Lose(3).Elect(2).Hear(2, new ZabMessage.LeaderInfo(new Epoch(3))).FlushAll();
            follower.Hear(2, message);
            Assert.Single(follower.Faults);
            Assert.Empty(follower.Writes);
            Assert.Equal(("Looking/Election", Z(1, 2), Z(1, 2)), (follower.State, follower.Disk.Last, follower.Application.LastApplied));
        }
    }

    [Fact]
    public void A_damaged_state_leaves_the_one_that_there_is()
    {
        foreach (var chunk in new[] { new ZabMessage.SnapshotChunk(1, true, default), new ZabMessage.SnapshotChunk(0, true, new byte[] { 1, 2, 3 }) })
        {
            var follower = new ZabProbe(1, 3).Seed(1, Ts(1, 1, 2)).Start().Elect(3).Hear(3, new ZabMessage.LeaderInfo(new Epoch(2))).FlushAll();
            follower.Hear(3, new ZabMessage.SyncSnapshot(Z(1, 9), Z(1, 9)), chunk);
            Assert.Single(follower.Faults);
            Assert.Equal("abandon state", follower.Writes[^1]);
            Assert.Equal(("Looking/Election", Z(1, 2), 2), (follower.State, follower.Peer.LastLogged, follower.Application.Applied.Count));
            follower.FlushAll();
            Assert.Equal(Z(1, 2), follower.Disk.Last);
        }
    }

    [Fact]
    public void What_the_application_refuses_outside_the_step_ends_the_channel_too()
    {
        var leader = Leading().Give(new ZabInput.MessageRefused(new ServerId(1), "nonsense"));
        Assert.Equal(["1: nonsense"], leader.Faults);
        Assert.Equal(["1: LEAVING"], leader.Said());
        Assert.Equal("Leading/Broadcast", leader.State);

        // Of one that is gone already there is nothing to close.
        Assert.Empty(leader.Give(new ZabInput.MessageRefused(new ServerId(1), "nonsense")).Said());

        leader.Give(new ZabInput.MessageRefused(new ServerId(2), "nonsense"));
        Assert.Equal("Looking/Election", leader.State);
        Assert.Equal("Looking/Election", Following().Give(new ZabInput.MessageRefused(new ServerId(3), "nonsense")).State);
    }

    private static ZabProbe Leading()
    {
        var leader = new ZabProbe(3, 3).Seed(1, Ts(1, 1, 2)).Start().Elect(3).Join(1, accepted: 1).Join(2, accepted: 1).FlushAll();
        foreach (var learner in new[] { 1, 2 })
        {
            leader.Hear(learner, new ZabMessage.AckEpoch(new Epoch(1), Z(1, 2), Zxid.Zero, true)).FlushAll();
            leader.Hear(learner, new ZabMessage.AckNewLeader(Z(1, 2)));
        }

        Assert.Equal("Leading/Broadcast", leader.State);
        Refusing(leader).Said();
        return leader;
    }

    private static ZabProbe Following()
    {
        var follower = new ZabProbe(1, 3).Seed(1, Ts(1, 1, 2)).Start().Elect(3).Hear(3, new ZabMessage.LeaderInfo(new Epoch(2))).FlushAll();
        follower.Hear(3, new ZabMessage.SyncDiff(Z(1, 2)), new ZabMessage.NewLeader(new Epoch(2), Z(1, 2))).FlushAll();
        follower.Hear(3, new ZabMessage.UpToDate(Z(1, 2)));
        Assert.Equal("Following/Broadcast", follower.State);
        Refusing(follower).Said();
        return follower;
    }

    private static ZabProbe Refusing(ZabProbe probe)
    {
        probe.Application.OnMessage = (_, text, _) => throw new FormatException(text);
        return probe;
    }
}

using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using static GrainKeeper.Core.Tests.Zab.TxnText;

namespace GrainKeeper.Core.Tests.Zab;

/// <summary>Phase 2: DIFF, TRUNC or SNAP, and everything that is sent with it, for a leader whose log is 1.1 to 1.4, 3.1 to 3.6.</summary>
public sealed class SynchronizationChoiceTests
{
    private static readonly Txn[] Log = [.. Ts(1, 1, 4), .. Ts(3, 1, 6)];

    [Theory]
    // The same end: nothing but the new epoch.
    [InlineData(3, 6u, 0, 0u, "DIFF to 3.6|NEWLEADER 4 at 3.6")]
    // Within the leader's log: what is missing.
    [InlineData(3, 2u, 0, 0u, "DIFF to 3.6|PROPOSAL 3.3..3.6|NEWLEADER 4 at 3.6")]
    [InlineData(1, 4u, 0, 0u, "DIFF to 3.6|PROPOSAL 3.1..3.6|NEWLEADER 4 at 3.6")]
    [InlineData(1, 1u, 0, 0u, "DIFF to 3.6|PROPOSAL 1.2..3.6|NEWLEADER 4 at 3.6")]
    [InlineData(0, 0u, 0, 0u, "DIFF to 3.6|PROPOSAL 1.1..3.6|NEWLEADER 4 at 3.6")]
    // Beyond it in an epoch that both know: cut first, then what is missing.
    [InlineData(3, 9u, 0, 0u, "TRUNC to 3.6|NEWLEADER 4 at 3.6")]
    [InlineData(1, 7u, 0, 0u, "TRUNC to 1.4|PROPOSAL 3.1..3.6|NEWLEADER 4 at 3.6")]
    [InlineData(1, 7u, 1, 4u, "TRUNC to 1.4|PROPOSAL 3.1..3.6|NEWLEADER 4 at 3.6")]
    // Its log cannot be cut so far back.
    [InlineData(1, 7u, 1, 5u, "SNAP at 3.6|CHUNK 0 last|NEWLEADER 4 at 3.6")]
    [InlineData(3, 9u, 3, 8u, "SNAP at 3.6|CHUNK 0 last|NEWLEADER 4 at 3.6")]
    // An epoch that the leader knows nothing of: nobody can say what lies before it.
    [InlineData(2, 5u, 0, 0u, "SNAP at 3.6|CHUNK 0 last|NEWLEADER 4 at 3.6")]
    [InlineData(2, 1u, 0, 0u, "SNAP at 3.6|CHUNK 0 last|NEWLEADER 4 at 3.6")]
    public void A_learner_is_brought_to_the_leaders_history(int epoch, uint counter, int oldestEpoch, uint oldestCounter, string expected)
    {
        foreach (var remembered in new[] { int.MaxValue, 8, 2, 0 })
        {
            var leader = new ZabProbe(3, 3).Seed(3, Log).Start(remembered).Elect(3).Join(2, accepted: 3).FlushAll();
            leader.Said();
            leader.Hear(2, new ZabMessage.AckEpoch(new Epoch(Math.Min(epoch, 2)), Z(epoch, counter), Z(oldestEpoch, oldestCounter), true)).AnswerAll();
            Assert.Equal(expected, Joined(leader.Said()));
        }
    }

    [Fact]
    public void A_learner_whose_end_the_leaders_purged_log_no_longer_reaches_gets_the_state()
    {
        var leader = new ZabProbe(3, 3).Seed(3, Log);
        leader.Disk.Purge(Z(1, 3));
        leader.Start().Elect(3).Join(2, accepted: 3).FlushAll();
        leader.Said();
        leader.Hear(2, new ZabMessage.AckEpoch(new Epoch(1), Z(1, 2), Zxid.Zero, true));
        Assert.Equal("SNAP at 3.6|CHUNK 0 last|NEWLEADER 4 at 3.6", Joined(leader.Said()));

        leader.Join(1, accepted: 3).Said();
        leader.Hear(1, new ZabMessage.AckEpoch(new Epoch(1), Z(1, 3), Zxid.Zero, true)).AnswerAll();
        Assert.Equal("DIFF to 3.6|PROPOSAL 1.4..3.6|NEWLEADER 4 at 3.6", Joined(leader.Said()));
    }

    [Fact]
    public void More_log_than_the_limit_is_not_sent_a_state_is()
    {
        var leader = new ZabProbe(3, 3, new ZabOptions { MaxDiffBytes = 300, MaxBatchBytes = 70 }).Seed(3, Log).Start(recent: 1).Elect(3).Join(2, accepted: 3);
        leader.FlushAll().Said();
        leader.Hear(2, new ZabMessage.AckEpoch(Epoch.None, Zxid.Zero, Zxid.Zero, true)).AnswerAll();
        var said = leader.Said();
        Assert.Contains("2: SNAP at 3.6", said);
        Assert.Equal("2: NEWLEADER 4 at 3.6", said[^1]);
        Assert.Equal("2: DIFF to 3.6", said[0]);
    }

    [Fact]
    public void A_state_is_sent_a_window_of_chunks_at_a_time()
    {
        var leader = new ZabProbe(3, 3, new ZabOptions { MaxBatchBytes = 1, SnapshotWindow = 2 }).Seed(3, Log).Start().Elect(3).Join(2, accepted: 3).FlushAll();
        leader.Said();
        leader.Hear(2, new ZabMessage.AckEpoch(new Epoch(2), Z(2, 5), Zxid.Zero, true));
        Assert.Equal(["2: SNAP at 3.6", "2: CHUNK 0", "2: CHUNK 1"], leader.Said());
        for (var i = 0; i < 7; i++)
        {
            Assert.Equal([$"2: CHUNK {i + 2}"], leader.Hear(2, new ZabMessage.SnapshotChunkReceived(i)).Said());
        }

        Assert.Equal(["2: CHUNK 9 last", "2: NEWLEADER 4 at 3.6"], leader.Hear(2, new ZabMessage.SnapshotChunkReceived(7)).Said());
        Assert.Empty(leader.Hear(2, new ZabMessage.SnapshotChunkReceived(8)).Said());
        Assert.Equal("Leading/Synchronization", leader.State);
    }

    [Fact]
    public void An_observer_is_synchronized_once_the_epoch_is_established_and_never_sent_what_is_not_committed()
    {
        var leader = new ZabProbe(3, ZabNetwork.Majority(3, observers: 1)).Seed(3, Log).Start().Elect(3).Join(4, accepted: 3, observer: true).Join(2, accepted: 3).FlushAll();
        leader.Said();
        leader.Hear(4, new ZabMessage.AckEpoch(new Epoch(3), Z(3, 2), Zxid.Zero, true));
        Assert.Empty(leader.Said());
        leader.Hear(2, new ZabMessage.AckEpoch(new Epoch(3), Z(3, 6), Zxid.Zero, true)).FlushAll();
        Assert.Equal(["2: DIFF to 3.6", "2: NEWLEADER 4 at 3.6"], leader.Said());
        leader.Hear(2, new ZabMessage.AckNewLeader(Z(3, 6)));
        Assert.Equal(["2: UPTODATE at 3.6", "4: DIFF to 3.6", "4: PROPOSAL 3.3..3.6", "4: NEWLEADER 4 at 3.6"], leader.Said());
        leader.Hear(4, new ZabMessage.AckNewLeader(Z(3, 6)));
        Assert.Equal(["4: UPTODATE at 3.6"], leader.Said());

        leader.Propose("a");
        Assert.Equal(["2: PROPOSAL 4.1"], leader.Said());
        leader.FlushAll().Hear(4, new ZabMessage.Ack(Z(3, 6)));
        Assert.Empty(leader.Said());
        leader.Hear(2, new ZabMessage.Ack(Z(4, 1)));
        Assert.Equal(["2: COMMIT 4.1", "4: PROPOSAL 4.1"], leader.Said());
    }

    /// <summary>The messages to one learner, runs of proposals as one, as how they are cut into messages depends on where they come from.</summary>
    private static string Joined(string[] said)
    {
        var parts = new List<string>();
        foreach (var message in said.Select(m => m[3..]))
        {
            if (message.StartsWith("PROPOSAL", StringComparison.Ordinal) && parts[^1].StartsWith("PROPOSAL", StringComparison.Ordinal))
            {
                var first = parts[^1].Split(' ')[1].Split("..")[0];
                var last = message.Split(' ')[1].Split("..")[^1];
                parts[^1] = $"PROPOSAL {first}..{last}";
            }
            else
            {
                parts.Add(message);
            }
        }

        return string.Join('|', parts);
    }
}

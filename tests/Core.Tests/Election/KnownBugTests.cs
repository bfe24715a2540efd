using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;
using static GrainKeeper.Core.Tests.Election.ElectionProbe;

namespace GrainKeeper.Core.Tests.Election;

/// <summary>Faults that ZooKeeper's election once had. Each comment says which rule was broken here to see the test fail.</summary>
public sealed class KnownBugTests
{
    // Broken to prove it: votes of servers with a leader compared as a whole, round and zxid included; and, once more, the round of the notification
    // that completed the quorum adopted instead of the leader's own. Both times this test failed; the first also failed the random runs.
    [Fact]
    public void ZOOKEEPER_1732_a_server_rejoins_an_ensemble_whose_members_joined_it_in_different_rounds()
    {
        var probe = new ElectionProbe(5, ElectionNetwork.Ensemble(5)).Look(zxid: 9, epoch: 1).Look(zxid: 9, epoch: 1).Look(zxid: 9, epoch: 1);
        Assert.Null(probe.Hear(3, VoteFor(3, 4, 2), 2, ElectionState.Leading).Elected);
        Assert.Null(probe.Hear(4, VoteFor(3, 4, 2), 2, ElectionState.Following).Elected);

        probe.Hear(1, VoteFor(3, 8, 2), 6, ElectionState.Following);

        Assert.Equal((3, 2L), probe.Elected);
        Assert.Equal((ElectionState.Following, 2L), (probe.Election.State, probe.Election.Round));
    }

    // Broken to prove it: the next round counted from the adopted one. This test failed.
    [Fact]
    public void ZOOKEEPER_1732_a_round_once_looked_in_is_not_used_again_after_joining_a_leader_of_a_lower_one()
    {
        var probe = new ElectionProbe(1, ElectionNetwork.Ensemble(3)).Look().Look().Look();
        probe.Hear(3, VoteFor(3), 1, ElectionState.Leading);
        Assert.Equal((3, 1L), probe.Hear(2, VoteFor(3), 1, ElectionState.Following).Elected);

        Assert.Equal(4, probe.Look().Election.Round);
    }

    // Broken to prove it: the established epoch not put into the vote, once of nobody and once of the leader only. Both times this test failed.
    [Fact]
    public void ZOOKEEPER_1805_after_synchronization_all_members_tell_the_same_vote_and_a_late_server_finds_its_quorum()
    {
        var network = new ElectionNetwork(3, ElectionNetwork.Ensemble(5), seed: 1);
        foreach (var id in new[] { 1, 2, 3 })
        {
            network.Start(id, new Zxid(id), new Epoch(id));
        }

        Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 5_000));
        Assert.Equal(new Epoch(4), Assert.Single(network.Running.Select(s => s.Election!.CurrentVote.PeerEpoch).Distinct()));

        network.Start(4);
        Assert.True(network.RunUntil(() => network[4].State == ElectionState.Following, 5_000));
        Assert.Equal((new ServerId(3), new Epoch(4)), (network[4].Favourite, network[4].Election!.CurrentVote.PeerEpoch));
    }

    // Broken to prove it: notifications accepted whatever their values. This test failed.
    [Fact]
    public void ZOOKEEPER_3769_malformed_notifications_do_not_keep_an_election_from_ending_when_the_leader_is_taken_down()
    {
        var network = new ElectionNetwork(3, ElectionNetwork.Ensemble(3), seed: 1);
        for (var id = 1; id <= 3; id++)
        {
            network.Start(id);
        }

        Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 5_000));
        network.Crash(3);
        for (var i = 0; i < 40; i++)
        {
            // Votes for nobody known, for an impossible history, and a leader that names another.
            Hear(network, VoteFor(77, 1, 1), 9, ElectionState.Looking);
            Hear(network, VoteFor(2, long.MinValue, 1), 9, ElectionState.Looking);
            Hear(network, VoteFor(3, 1, int.MaxValue), 1, ElectionState.Leading);
            network.RunFor(5);
        }

        Assert.Equal(new ServerId(2), network.AgreedLeader());
        Assert.Equal(120, network[1].Election!.Counters.Malformed);
    }

    private static void Hear(ElectionNetwork network, Vote vote, long round, ElectionState state) =>
        network.Step(network[1], new ElectionInput.MessageReceived(new ServerId(2), new Core.Election.Fast.FastNotification(vote, round, state)));
}

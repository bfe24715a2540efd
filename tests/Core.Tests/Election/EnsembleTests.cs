using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tests.Election;

public sealed class EnsembleTests
{
    public static TheoryData<int> Algorithms => [0, 2, 3];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void The_freshest_history_wins_by_epoch_then_zxid_then_id(int algorithm)
    {
        Assert.Equal(1, LeaderOf(algorithm, (1, 5, 2), (2, 9, 1), (3, 9, 1)));
        Assert.Equal(2, LeaderOf(algorithm, (1, 5, 1), (2, 9, 1), (3, 8, 1)));
        Assert.Equal(3, LeaderOf(algorithm, (1, 5, 1), (2, 5, 1), (3, 5, 1)));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void When_the_leader_dies_the_freshest_of_the_rest_leads(int algorithm)
    {
        var network = Elected(algorithm, 5, out var first);
        network[2].LastZxid = new Zxid(network[2].LastZxid.Value + 7);

        network.Crash(first.Value);

        Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 10_000));
        Assert.Equal(new ServerId(2), network.AgreedLeader());
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Fifty_dead_leaders_are_replaced_with_a_median_far_below_250_ms(int algorithm)
    {
        var gaps = new List<long>();
        for (var seed = 1; seed <= 50; seed++)
        {
            var network = Elected(algorithm, 3, out var first, seed);
            network.RunFor(seed * 7);
            var before = network.Time;
            network.Crash(first.Value);
            Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 10_000), $"seed {seed}");
            gaps.Add(network.Time - before);
        }

        gaps.Sort();
        Assert.InRange(gaps[gaps.Count / 2], 1, algorithm == 0 ? 240 : 60);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_leader_that_returns_after_its_successor_was_elected_follows(int algorithm)
    {
        var network = Elected(algorithm, 3, out var first);
        network.Crash(first.Value);
        Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 10_000));
        var second = network.AgreedLeader();

        network.Start(first.Value);

        Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 10_000));
        Assert.Equal(second, network.AgreedLeader());
        Assert.Equal(ElectionState.Following, network[first.Value].State);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_minority_finds_no_leader_and_follows_the_majoritys_after_the_partition(int algorithm)
    {
        var network = Elected(algorithm, 5, out var first);
        network.Isolate(first.Value, 1);

        Assert.True(network.RunUntil(
            () => Enumerable.Range(1, 5).Where(id => id != first.Value && id != 1).All(id => network[id].Synchronized && network[id].Favourite != first), 10_000));
        network.RunFor(2_000);
        Assert.Equal(ElectionState.Looking, network[first.Value].State);
        Assert.Equal(ElectionState.Looking, network[1].State);

        network.HealAll();
        Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 10_000));
        Assert.NotEqual(first, network.AgreedLeader());
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Observers_follow_whom_the_participants_elect_and_never_count(int algorithm)
    {
        var network = new ElectionNetwork(algorithm, ElectionNetwork.Ensemble(3, observers: 2), seed: 3);
        network.Start(4, new Zxid(100), new Epoch(9));
        network.Start(5, new Zxid(100), new Epoch(9));
        network.Start(1);
        network.RunFor(3_000);
        Assert.All(network.Running, server => Assert.Equal(ElectionState.Looking, server.State));

        network.Start(2);
        Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 70_000));
        Assert.Equal(new ServerId(2), network.AgreedLeader());
        Assert.Equal(
            [ElectionState.Following, ElectionState.Leading, ElectionState.Observing, ElectionState.Observing],
            network.Running.Select(s => s.State));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_server_of_weight_0_never_leads_and_never_makes_a_quorum(int algorithm)
    {
        var configuration = new QuorumConfiguration(Zxid.Zero, [Voter(1), Voter(2), Voter(3), Voter(4, weight: 0), Voter(5, weight: 0)]);
        var network = new ElectionNetwork(algorithm, configuration, seed: 4);
        network.Start(5, new Zxid(50), new Epoch(3));
        network.Start(4, new Zxid(50), new Epoch(3));
        network.Start(1);
        network.RunFor(3_000);
        Assert.All(network.Running, server => Assert.Equal(ElectionState.Looking, server.State));

        network.Start(3);
        Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 70_000));
        Assert.Equal(new ServerId(3), network.AgreedLeader());
        Assert.Equal(ElectionState.Following, network[5].State);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Weights_decide_what_a_quorum_is(int algorithm)
    {
        var configuration = new QuorumConfiguration(Zxid.Zero, [Voter(1, weight: 3), Voter(2), Voter(3), Voter(4)]);
        var network = new ElectionNetwork(algorithm, configuration, seed: 5);
        network.Start(2);
        network.Start(3);
        network.Start(4);
        network.RunFor(3_000);
        Assert.All(network.Running, server => Assert.Equal(ElectionState.Looking, server.State));

        network.Start(1);
        Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 70_000));
        Assert.Equal(new ServerId(4), network.AgreedLeader());
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void With_groups_a_majority_of_the_groups_elects(int algorithm)
    {
        var configuration = new QuorumConfiguration(Zxid.Zero, Enumerable.Range(1, 9).Select(id => Voter(id, group: (id - 1) / 3)));
        var network = new ElectionNetwork(algorithm, configuration, seed: 6);
        foreach (var id in new[] { 1, 2, 3, 4, 7 })
        {
            network.Start(id);
        }

        // Five of nine, but a majority within one group only.
        network.RunFor(5_000);
        Assert.All(network.Running, server => Assert.Equal(ElectionState.Looking, server.State));

        network.Start(5);
        Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 70_000));
        Assert.Equal(new ServerId(7), network.AgreedLeader());
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_single_server_leads_at_once(int algorithm)
    {
        var network = new ElectionNetwork(algorithm, ElectionNetwork.Ensemble(1), seed: 7);
        network.Start(1);
        Assert.Equal((ElectionState.Leading, 0), (network[1].State, network.Time));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Looking_without_a_quorum_costs_few_messages(int algorithm)
    {
        var network = new ElectionNetwork(algorithm, ElectionNetwork.Ensemble(5), seed: 8);
        network.Start(1);
        network.Start(2);
        network.RunFor(60_000);
        var before = network.MessagesSent;
        network.RunFor(60_000);
        Assert.InRange(network.MessagesSent - before, 1, algorithm == 0 ? 1_000 : 40);
    }

    [Fact]
    public void A_better_server_that_starts_within_the_finalize_wait_still_wins()
    {
        var network = new ElectionNetwork(3, ElectionNetwork.Ensemble(3), seed: 9);
        network.Start(1);
        network.Start(2);
        network.RunFor(20);
        Assert.Equal(ElectionState.Looking, network[2].State);
        network.Start(3);
        Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 5_000));
        Assert.Equal(new ServerId(3), network.AgreedLeader());
    }

    [Fact]
    public void The_finalize_wait_is_cut_short_when_all_votes_are_known()
    {
        var network = new ElectionNetwork(3, ElectionNetwork.Ensemble(3), seed: 10);
        network.Start(1);
        network.Start(2);
        network.Start(3);
        Assert.True(network.RunUntil(() => network.Running.All(s => s.State != ElectionState.Looking), 5_000));
        Assert.InRange(network.Time, 1, 20);
    }

    private static Member Voter(int id, int weight = 1, int? group = null) => new(new ServerId(id), MemberRole.Participant, weight, group);

    private static ElectionNetwork Elected(int algorithm, int servers, out ServerId leader, int seed = 1)
    {
        var network = new ElectionNetwork(algorithm, ElectionNetwork.Ensemble(servers), seed);
        for (var id = 1; id <= servers; id++)
        {
            network.Start(id);
        }

        Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 10_000));
        leader = network.AgreedLeader()!.Value;
        return network;
    }

    private static int LeaderOf(int algorithm, params (int Id, long Zxid, int Epoch)[] servers)
    {
        var network = new ElectionNetwork(algorithm, ElectionNetwork.Ensemble(servers.Length), seed: 1);
        foreach (var (id, zxid, epoch) in servers)
        {
            network.Start(id, new Zxid(zxid), new Epoch(epoch));
        }

        Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 10_000));
        return network.AgreedLeader()!.Value.Value;
    }
}

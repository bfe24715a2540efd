using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tests.Election;

public sealed class FiveServerStoryTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public void Five_servers_without_data_that_start_one_after_another_are_led_by_the_third(int algorithm)
    {
        var network = new ElectionNetwork(algorithm, ElectionNetwork.Ensemble(5), seed: 1);

        network.Start(1);
        network.RunFor(5_000);
        AssertStates(network, (1, ElectionState.Looking, 1));

        network.Start(2);
        network.RunFor(5_000);
        AssertStates(network, (1, ElectionState.Looking, 2), (2, ElectionState.Looking, 2));

        network.Start(3);
        network.RunFor(5_000);
        AssertStates(network, (1, ElectionState.Following, 3), (2, ElectionState.Following, 3), (3, ElectionState.Leading, 3));

        network.Start(4);
        network.RunFor(5_000);
        network.Start(5);
        network.RunFor(5_000);
        AssertStates(
            network,
            (1, ElectionState.Following, 3),
            (2, ElectionState.Following, 3),
            (3, ElectionState.Leading, 3),
            (4, ElectionState.Following, 3),
            (5, ElectionState.Following, 3));
        Assert.All(network.Running, server => Assert.Equal(new ServerId(3), Assert.Single(server.Elections).Leader));
        Assert.All(network.Running, server => Assert.Equal(new ElectionCounters() with { Unchallenged = server.Election!.Counters.Unchallenged }, server.Election.Counters));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_server_that_starts_late_follows_within_one_exchange(int algorithm)
    {
        var network = new ElectionNetwork(algorithm, ElectionNetwork.Ensemble(5), seed: 2);
        for (var id = 1; id <= 4; id++)
        {
            network.Start(id);
        }

        Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 5_000));
        var before = network.Time;
        network.Start(5);
        Assert.True(network.RunUntil(() => network[5].State == ElectionState.Following, 5_000));
        Assert.InRange(network.Time - before, 0, 20);
    }

    private static void AssertStates(ElectionNetwork network, params (int Id, ElectionState State, int Favourite)[] expected) =>
        Assert.Equal(expected, network.Running.Select(s => (s.Id.Value, s.State, s.Favourite.Value)));
}

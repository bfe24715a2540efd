using GrainKeeper.Contracts.Servers;
using GrainKeeper.Cluster.Tests.Ensembles;

namespace GrainKeeper.Cluster.Tests.TestingHost;

/// <summary>The owner's example of an election, in Orleans' own test cluster: five servers without data start one after another.</summary>
public sealed class TestingHostStoryTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Five_servers_start_one_after_another_and_the_third_leads(int algorithm)
    {
        await using var ensemble = new TestingHostEnsemble(5, algorithm);
        foreach (var id in new[] { 1, 2 })
        {
            await ensemble.StartAsync(id);
            await Eventually.Is(async () => (await ensemble.ElectionsAsync()).All(e => e.VoteLeader == id), ensemble.Describe, Ensemble.Patience);
            Assert.All(await ensemble.ElectionsAsync(), e => Assert.Equal((ServerRole.Looking, 0L), (e.State, e.Decisions)));
            Assert.All(await ensemble.StatusAsync(), s => Assert.Equal((ServerRole.Looking, null), (s.Role, s.Leader)));
        }

        await ensemble.StartAsync(3);
        await FollowAsync(ensemble);
        var epoch = (await ensemble.StatusAsync())[0].CurrentEpoch;
        await ensemble.StartAsync(4);
        await ensemble.StartAsync(5);
        await FollowAsync(ensemble);
        Assert.All(await ensemble.StatusAsync(), s => Assert.Equal(epoch, s.CurrentEpoch));
    }

    private static Task FollowAsync(TestingHostEnsemble ensemble) => Eventually.Is(
        async () => (await ensemble.StatusAsync()).All(
            s => s.Leader == 3 && s.Phase == ServerPhase.Broadcast && s.Role == (s.Server == 3 ? ServerRole.Leading : ServerRole.Following)),
        ensemble.Describe,
        Ensemble.Patience);
}

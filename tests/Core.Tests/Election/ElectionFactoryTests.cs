using GrainKeeper.Core.Election;
using GrainKeeper.Core.Election.Authenticated;
using GrainKeeper.Core.Election.Fast;
using GrainKeeper.Core.Election.Polling;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tests.Election;

public sealed class ElectionFactoryTests
{
    private static readonly ElectionOptions Options = new() { Secret = new byte[16] };

    [Fact]
    public void Each_electionAlg_gives_its_algorithm()
    {
        Assert.IsType<LeaderElection>(Create(0));
        Assert.IsType<AuthFastLeaderElection>(Create(2));
        Assert.IsType<FastLeaderElection>(Create(3));
    }

    [Theory]
    [InlineData(1, "use 3")]
    [InlineData(4, "use 0, 2 or 3")]
    [InlineData(-1, "use 0, 2 or 3")]
    public void Another_is_refused_with_the_remedy(int electionAlg, string remedy) =>
        Assert.Contains(remedy, Assert.Throws<ArgumentException>(() => Create(electionAlg)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_server_outside_the_configuration_votes_for_nobody_and_follows_who_leads()
    {
        foreach (var algorithm in new[] { 0, 2, 3 })
        {
            var election = Create(algorithm, self: 4);
            var effects = new List<Effect>();
            election.Step(new ElectionInput.StartLooking(new Zxid(99), new Epoch(9)), new Now(1, 1), effects);
            Assert.Equal((ElectionState.Looking, default(Vote)), (election.State, election.CurrentVote));
        }
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        AssertRefused(Options with { FinalizeWait = -1 });
        AssertRefused(Options with { FinalizeWait = 201 });
        AssertRefused(Options with { ResendMin = 0 });
        AssertRefused(Options with { ResendMax = 100 });
        AssertRefused(Options with { PollTimeout = 0 });
        AssertRefused(Options with { PollInterval = 0 });
        AssertRefused(Options with { PollIntervalMax = 50 });
        ElectionFactory.Create(3, new ServerId(1), ElectionNetwork.Ensemble(1), Options with { FinalizeWait = 200 }, seed: 1);
    }

    private static void AssertRefused(ElectionOptions options) =>
        Assert.Throws<ArgumentException>(() => ElectionFactory.Create(3, new ServerId(1), ElectionNetwork.Ensemble(1), options, seed: 1));

    private static IElection Create(int electionAlg, int self = 1) =>
        ElectionFactory.Create(electionAlg, new ServerId(self), ElectionNetwork.Ensemble(3), Options, seed: 1);
}

using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Simulation.AtomicCommit;
using Xunit.Abstractions;

namespace GrainKeeper.Simulation.Tests.AtomicCommit;

/// <summary>AC1 to AC5 over many seeds: 2PC and Paxos Commit under everything, 3PC under crashes with a network of bounded delay. A failure names the seed and the command that replays it.</summary>
public sealed class CommitSeedTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(CommitProtocol.TwoPhase)]
    [InlineData(CommitProtocol.ThreePhase)]
    [InlineData(CommitProtocol.PaxosCommit)]
    public void All_that_decide_decide_alike(CommitProtocol protocol)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var (failed, seen) = CommitRunner.Run(protocol, first: 1, count: 2_000, Environment.ProcessorCount, keepGoing: false);
        output.WriteLine($"{protocol} in {clock.Elapsed.TotalSeconds:F1} s: {seen}");
        Assert.True(failed.Count == 0, failed.Count == 0 ? "" : CommitRunner.Report(failed[0]));
        Assert.Equal(2_000, seen.Runs);
        Assert.True(seen.Committed > 1_000, "transactions committed");
        Assert.True(seen.Aborted > 1_000, "transactions aborted");
        Assert.True(seen.Crashes > 5_000, "processes died");
        Assert.True(seen.RecoveredInDoubt > 1_000, "parties started again in doubt");
        Assert.True(seen.LostRecords > 50, "crashes lost records");
        Assert.Equal(protocol != CommitProtocol.ThreePhase, seen.Lost > 0);
        Assert.Equal(protocol != CommitProtocol.TwoPhase, seen.Recoveries > 1_000);
    }

    [Theory]
    [InlineData(CommitProtocol.TwoPhase)]
    [InlineData(CommitProtocol.ThreePhase)]
    [InlineData(CommitProtocol.PaxosCommit)]
    public void A_seed_replays_exactly(CommitProtocol protocol)
    {
        for (var seed = 1L; seed <= 50; seed++)
        {
            var lines = 0;
            var quiet = CommitSimulation.Run(protocol, seed);
            var told = CommitSimulation.Run(protocol, seed, _ => lines++);
            Assert.Equal(quiet.Fingerprint, told.Fingerprint);
            Assert.Equal(quiet.Statistics.ToString(), told.Statistics.ToString());
            Assert.True(lines > 0, "the story is told");
        }
    }
}

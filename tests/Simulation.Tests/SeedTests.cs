using Xunit.Abstractions;

namespace GrainKeeper.Simulation.Tests;

/// <summary>The simulator itself, over many seeds. A failure names the seed and the command that replays it.</summary>
public sealed class SeedTests(ITestOutputHelper output)
{
    [Fact]
    public void All_properties_hold_for_whole_ensembles()
    {
        var seen = Hold(first: 1, count: 2_000, bare: false);
        Assert.True(seen.AcknowledgedWrites > 100_000, "clients had writes acknowledged");
        Assert.True(seen.UnknownWrites > 5_000, "some answers were lost");
        Assert.True(seen.RepeatsAnswered > 5_000, "writes were sent again and answered");
        Assert.True(seen.LinearizableReads > 20_000, "linearizable reads were answered");
        Assert.True(seen.WatchEvents > 20_000, "watches fired");
        Assert.True(seen.ExpiredSessions > 200, "sessions expired");
        Assert.True(seen.CommitRecords > 50_000, "records of atomic commit were acknowledged");
        Assert.True(seen.LostCommitRecords > 100, "some were lost with their leader");
        Assert.True(seen is { TreeTransactions: > 1_000, TreeTransactionsGivenUp: > 500, LockTimeouts: > 300 }, "trees took part in transactions");
        AssertFaultsWereMet(seen);
        Assert.Equal(0, seen.Undecided);
    }

    [Fact]
    public void All_properties_hold_for_zab_alone() => AssertFaultsWereMet(Hold(first: 1, count: 3_000, bare: true));

    /// <summary>Seed 494: the end of a session that waited behind a write for a lock was carried out after its server was lost, and after what the client wrote at the next one.</summary>
    [Fact]
    public void A_sessions_end_does_not_overtake_what_its_client_writes_at_the_next_server() => Hold(first: 494, count: 1, bare: false);

    /// <summary>Seed 1425: a request that waited at the leader was carried out although its client had written at another server meanwhile: the session had come back to the first.</summary>
    [Fact]
    public void A_request_that_came_late_is_not_carried_out_because_its_session_has_come_back() => Hold(first: 1425, count: 1, bare: false);

    /// <summary>Seed 73: with a leader that takes its own word for a confirmation, one that has been replaced answers a linearizable read with an old state.</summary>
    [Fact]
    public void A_leader_that_has_been_replaced_does_not_confirm_itself() => Hold(first: 73, count: 1, bare: false);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_seed_replays_exactly(bool bare)
    {
        for (var seed = 1L; seed <= 20; seed++)
        {
            var lines = 0;
            var quiet = Simulation.Run(seed, bare: bare);
            var told = Simulation.Run(seed, _ => lines++, bare);
            Assert.Equal(quiet.Fingerprint, told.Fingerprint);
            Assert.Equal(quiet.Statistics.ToString(), told.Statistics.ToString());
            Assert.True(lines > 100, "the story is told");
        }
    }

    private static void AssertFaultsWereMet(RunStatistics seen)
    {
        Assert.True(seen.Epochs > 3 * seen.Runs, "leaders changed");
        Assert.True(seen.Truncations > 100, "TRUNC was taken");
        Assert.True(seen.Installs > 500, "SNAP was taken");
        Assert.True(seen.Torn > 50, "writes were torn");
        Assert.True(seen.LostMessages > 10_000, "messages were lost");
    }

    private RunStatistics Hold(long first, long count, bool bare)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var (failed, seen) = Runner.Run(first, count, Environment.ProcessorCount, null, keepGoing: false, bare);
        output.WriteLine($"{clock.Elapsed.TotalSeconds:F1} s: {seen}");
        Assert.True(failed.Count == 0, failed.Count == 0 ? "" : FailureReport.Make(failed[0]));
        Assert.Equal(count, seen.Runs);
        return seen;
    }
}

using System.Diagnostics;
using Xunit.Abstractions;

namespace GrainKeeper.Process.Tests.Jepsen;

/// <summary>Concurrent clients of five real servers that are killed, stopped and parted: what clients were told has a linear order, and one at a time holds the lock.</summary>
public sealed class JepsenTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Under_kills_pauses_and_partitions_histories_are_linearizable_and_lock_holders_never_overlap()
    {
        var settings = JepsenSettings.FromEnvironment();
        var clock = Stopwatch.StartNew();
        var seed = settings.Seed;
        do
        {
            output.WriteLine($"seed {seed}, {settings.Reads} reads");
            try
            {
                var run = new JepsenRun(seed, settings.Reads, output);
                var faults = await run.RunAsync();
                if (faults.Count > 0)
                {
                    Assert.Fail($"histories are in {run.Keep()}{Environment.NewLine}{string.Join(Environment.NewLine, faults)}");
                }
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed} failed; run it again with{Environment.NewLine}{settings.Replay(seed)}{Environment.NewLine}{e.Message}", e);
            }

            seed++;
        }
        while (clock.Elapsed.TotalMinutes < settings.Minutes);
    }
}

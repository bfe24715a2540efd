using GrainKeeper.Core.Zab;
using Xunit.Sdk;

namespace GrainKeeper.Core.Tests.Zab;

/// <summary>
/// ZAB's properties over many seeded runs. A failure names its seed; <c>ZAB_SEED</c> runs that one alone, <c>ZAB_SEEDS</c> sets how many are run.
/// </summary>
public class ZabRandomTests
{
    private const int Steps = 3_000;

    [Theory]
    [InlineData(3, 0)]
    [InlineData(3, 1)]
    [InlineData(5, 0)]
    [InlineData(5, 2)]
    public void Random_runs_keep_every_property_of_zab(int participants, int observers)
    {
        var only = Environment.GetEnvironmentVariable("ZAB_SEED");
        var seeds = int.Parse(Environment.GetEnvironmentVariable("ZAB_SEEDS") ?? "150", System.Globalization.CultureInfo.InvariantCulture);
        int first = only is null ? 1 : int.Parse(only, System.Globalization.CultureInfo.InvariantCulture), last = only is null ? seeds : first;
        int epochs = 0, snapshots = 0, truncations = 0, diffs = 0, committed = 0;
        for (var seed = first; seed <= last; seed++)
        {
            var chaos = new ZabChaos(seed, participants, observers);
            try
            {
                chaos.Run(Steps);
            }
            catch (Exception e) when (e is XunitException or InvariantViolationException or InvalidOperationException or NullReferenceException)
            {
                Assert.Fail($"ZAB_SEED={seed} with {participants} participants and {observers} observers: {e}");
            }

            epochs += chaos.Epochs;
            snapshots += chaos.Snapshots;
            truncations += chaos.Truncations;
            diffs += chaos.Diffs;
            committed += chaos.Network.Committed.Count;
        }

        Console.WriteLine($"{participants}+{observers}: {epochs} epochs, {committed} committed, DIFF {diffs}, TRUNC {truncations}, SNAP {snapshots}");
        var runs = last - first + 1;
        if (only is null)
        {
            Assert.True(epochs > runs * 3 && committed > runs * 5 && snapshots > 0 && truncations > 0 && diffs > runs, "the runs are too idle to prove anything");
        }
    }
}

using GrainKeeper.Process.Tests.Harness;
using Xunit.Abstractions;

namespace GrainKeeper.Process.Tests;

/// <summary>A leader whose disk fills up.</summary>
public sealed class DiskFullTests(ITestOutputHelper output)
{
    private const int Fatal = 70;
    private const int WriterCount = 4;

    [Fact]
    public async Task A_leader_with_a_full_disk_ends_with_a_clear_message_and_nothing_acknowledged_is_lost()
    {
        var disks = new List<SmallDisk>();
        await using var ensemble = new Ensemble(3, "log.segmentBytes=65536") { SettingsOf = n => ["dataDir=" + disks[n - 1].Directory] };
        try
        {
            disks.AddRange(ensemble.Ids.Select(n => new SmallDisk(Path.Combine(ensemble.Root, "small" + n))));
            await FillThatOfTheLeaderAsync(ensemble, disks);
        }
        finally
        {
            disks.ForEach(d => d.Dispose());
        }
    }

    private async Task FillThatOfTheLeaderAsync(Ensemble ensemble, List<SmallDisk> disks)
    {
        // Two servers that start sooner than the third may elect one of themselves.
        var leader = await ensemble.StartAllAsync();
        var disk = disks[leader - 1];
        output.WriteLine($"server {leader} leads, with {disk.Kind}");
        await using var writers = await Writers.StartAsync(ensemble, WriterCount);
        disk.Fill(ensemble[leader]);
        Assert.Equal(Fatal, await ensemble[leader].WaitForExitAsync(120));
        var last = ensemble[leader].Lines.Last(l => l.StartsWith("FATAL", StringComparison.Ordinal));
        output.WriteLine(last);
        Assert.Contains(disk.Expected, last, StringComparison.Ordinal);
        Assert.Contains(disk.Directory, last, StringComparison.Ordinal);

        await ensemble.LeaderAsync(60, except: leader);
        await writers.EachGoesOnAsync(60);
        disk.Free();
        ensemble.Start(leader);
        await ensemble.AllServeAsync();
        await writers.EachGoesOnAsync(60);
        await writers.StopAsync();
        await writers.DemandAllOnAsync(ensemble.Ids);
    }
}

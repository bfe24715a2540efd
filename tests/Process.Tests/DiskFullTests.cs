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
        string? path = null;
        await using var ensemble = new Ensemble(3, "log.segmentBytes=65536") { SettingsOf = n => path is null || n != 3 ? [] : ["dataDir=" + path] };
        using var disk = new SmallDisk(path = Path.Combine(ensemble.Root, "small"));
        output.WriteLine("with " + disk.Kind);

        // The highest id leads when all are new.
        Assert.Equal(3, await ensemble.StartAllAsync());
        await using var writers = await Writers.StartAsync(ensemble, WriterCount);
        disk.Fill(ensemble[3]);
        Assert.Equal(Fatal, await ensemble[3].WaitForExitAsync(120));
        var last = ensemble[3].Lines.Last(l => l.StartsWith("FATAL", StringComparison.Ordinal));
        output.WriteLine(last);
        Assert.Contains(disk.Expected, last, StringComparison.Ordinal);
        Assert.Contains(path, last, StringComparison.Ordinal);

        await ensemble.LeaderAsync(30, except: 3);
        await writers.EachGoesOnAsync(30);
        disk.Free();
        ensemble.Start(3);
        await ensemble.AllServeAsync();
        await writers.EachGoesOnAsync(30);
        await writers.StopAsync();
        await writers.DemandAllOnAsync(ensemble.Ids);
    }
}

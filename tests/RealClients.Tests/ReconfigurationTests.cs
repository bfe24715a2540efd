using System.Globalization;
using GrainKeeper.TestServers;

namespace GrainKeeper.RealClients.Tests;

/// <summary>
/// Reconfigurations by kazoo and zkCli of an ensemble of real processes under writes: servers are added and removed, the leader too, change their role, die, and start again
/// with their first files.
/// </summary>
public sealed class ReconfigurationTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task Servers_come_and_go_under_writes_and_nothing_acknowledged_is_lost()
    {
        using var directory = new TemporaryDirectory();
        using var script = ChildProcess.Start("/usr/bin/python3", [
            Ensemble.FileOf("kazoo", "reconfig.py"), DevEnsemble.ServerProgram, directory.Below("servers"),
            LoopbackPorts.TakeRange(30).ToString(CultureInfo.InvariantCulture),
        ]);

        var code = await script.WaitForExitAsync(Patience);

        output.WriteLine(script.Output[^Math.Min(script.Output.Length, 2_000)..]);
        Assert.True(code == 0, script.Output);
        Assert.Contains("ok reconfig", script.Output, StringComparison.Ordinal);
    }
}

using System.Diagnostics;
using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Status;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Process.Tests.Harness;
using Xunit.Abstractions;

namespace GrainKeeper.Process.Tests;

/// <summary>A leader that dies or hangs under continuous writes, with default settings.</summary>
public sealed class LeaderFailureTests(ITestOutputHelper output)
{
    private const int Kills = 20;
    private const int WriterCount = 4;

    // Aimed at are 3 s on a machine that has nothing else to do.
    private static readonly TimeSpan Replaced = TimeSpan.FromSeconds(6);

    [Fact]
    public async Task A_leader_killed_twenty_times_in_a_row_loses_no_acknowledged_write_and_is_replaced_within_a_second()
    {
        await using var ensemble = new Ensemble(3);
        await ensemble.StartAllAsync();
        await using var writers = await Writers.StartAsync(ensemble, WriterCount);
        var gaps = new List<TimeSpan>();
        for (var kill = 1; kill <= Kills; kill++)
        {
            var leader = await ensemble.LeaderAsync(60);
            var from = Stopwatch.GetTimestamp();
            await ensemble.KillAsync(leader);
            await ensemble.LeaderAsync(60, except: leader);
            await writers.MoreAsync(20, 60);
            ensemble.Start(leader);
            await ensemble.AllServeAsync();
            await writers.MoreAsync(100, 60);
            gaps.Add(writers.LongestGap(from, Stopwatch.GetTimestamp()));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"kill {kill}: server {leader}, {gaps[^1].TotalMilliseconds:0} ms without a write"));
        }

        await writers.StopAsync();
        var sorted = gaps.Order().ToArray();
        var median = (sorted[(Kills / 2) - 1] + sorted[Kills / 2]) / 2;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"median {median.TotalMilliseconds:0} ms, longest {sorted[^1].TotalMilliseconds:0} ms; {writers.Acknowledged} writes acknowledged, failures: {writers.Failures}"));
        await writers.DemandAllOnAsync(ensemble.Ids);
        Assert.Equal(0, writers.Expired);
        Assert.True(median <= TimeSpan.FromSeconds(1), $"the median gap is {median.TotalMilliseconds:0} ms: {string.Join(", ", gaps.Select(g => $"{g.TotalMilliseconds:0}"))}");
    }

    [Fact]
    public async Task A_leader_that_hangs_is_replaced_and_steps_down_when_it_wakes()
    {
        await using var ensemble = new Ensemble(3);
        var leader = await ensemble.StartAllAsync();
        var epoch = ensemble.StateOf(leader).Epoch;
        await using var writers = await Writers.StartAsync(ensemble, WriterCount);
        await using var held = await GrainKeeperClient.ConnectAsync(ensemble.ClientOf(leader));
        var from = Stopwatch.GetTimestamp();
        ensemble[leader].Signal(Signals.Stop);
        var asked = Enumerable.Range(0, 100).Select(n => $"/asked-{n}").Select(path => (Path: path, Create: held.CreateAsync(path, Writers.ValueOf(path)))).ToList();
        var next = await ensemble.LeaderAsync(60, except: leader);
        var replaced = Stopwatch.GetElapsedTime(from, ensemble.StateOf(next).Since);
        await writers.EachGoesOnAsync(60);
        ReportGap("hung", leader, next, replaced, writers.LongestGap(from, Stopwatch.GetTimestamp()));

        ensemble[leader].Signal(Signals.Continue);
        await AcknowledgedAsync(asked, writers);
        await ensemble.AllServeAsync();
        Assert.True(ensemble.Leader() != leader || ensemble.StateOf(leader).Epoch > epoch, "the old leader leads in its old epoch");
        await writers.EachGoesOnAsync(60);
        await writers.StopAsync();
        await writers.DemandAllOnAsync(ensemble.Ids);
        Assert.Equal(0, writers.Expired);
        Assert.True(replaced <= Replaced, $"the leader was replaced after {replaced.TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task A_leader_cut_off_from_its_peers_is_replaced_acknowledges_nothing_more_and_is_truncated_when_it_returns()
    {
        await using var ensemble = Ensemble.Networked(3);
        var leader = await ensemble.StartAllAsync();
        await using var writers = await Writers.StartAsync(ensemble, WriterCount);

        // A client that does not send again what is lost.
        await using var held = await GrainKeeperClient.ConnectAsync(ensemble.ClientOf(leader) with { MaxWritesInFlight = 0 });
        await held.CreateAsync("/before");
        var from = Stopwatch.GetTimestamp();
        ensemble.Network.CutOff(leader);

        // In the cut-off leader's log, and nowhere else.
        var lost = Enumerable.Range(0, 100).Select(n => $"/lost-{n}").Select(path => (Path: path, Create: held.CreateAsync(path, Writers.ValueOf(path)))).ToList();
        var next = await ensemble.LeaderAsync(60, except: leader);
        var replaced = Stopwatch.GetElapsedTime(from, ensemble.StateOf(next).Since);
        await Until.TrueAsync(() => !ensemble.StateOf(leader).Serves, "the cut-off leader serves no more", 60, () => ensemble.Tails);
        var steppedDown = Stopwatch.GetElapsedTime(from, ensemble.StateOf(leader).Since);
        await writers.EachGoesOnAsync(60);
        ReportGap("cut off", leader, next, replaced, writers.LongestGap(from, Stopwatch.GetTimestamp()));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the cut-off leader stepped down after {steppedDown.TotalSeconds:0.00} s"));
        Assert.Equal(0, await AcknowledgedAsync(lost, writers));

        ensemble.Network.Heal();
        await ensemble.AllServeAsync();
        await writers.EachGoesOnAsync(60);
        await writers.StopAsync();
        await writers.DemandAllOnAsync(ensemble.Ids);
        foreach (var server in ensemble.Ids)
        {
            await using var client = await GrainKeeperClient.ConnectAsync(ensemble.ClientOf(server));
            await client.SyncAsync();
            Assert.NotNull(await client.ExistsAsync("/before"));
            Assert.DoesNotContain((await client.GetChildrenAsync("/")).Names, n => n.StartsWith("lost-", StringComparison.Ordinal));
        }

        ServerStatus? status = null;
        await Until.TrueAsync(
            async () => (status = (await EnsembleStatusReader.ReadAsync(ensemble.ClientOf(next))).Servers.Single(s => s.Server.Id == leader).Status) is not null, "the server tells", 60, () => ensemble.Tails);
        Assert.Equal(1, status!.SyncedByTruncation);
        Assert.Equal(0, writers.Expired);
        Assert.True(replaced <= Replaced, $"the leader was replaced after {replaced.TotalSeconds:0.0} s");
        Assert.True(steppedDown <= Replaced, $"the leader stepped down after {steppedDown.TotalSeconds:0.0} s");
    }

    private void ReportGap(string what, int leader, int next, TimeSpan replaced, TimeSpan gap) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"leader {leader} {what}: server {next} leads after {replaced.TotalSeconds:0.00} s, {gap.TotalSeconds:0.00} s without a write"));

    /// <summary>Waits for answers, and notes what was acknowledged.</summary>
    private static async Task<int> AcknowledgedAsync(List<(string Path, Task<CreatedNode> Create)> writes, Writers writers)
    {
        var count = 0;
        foreach (var (path, create) in writes)
        {
            try
            {
                await create.WaitAsync(TimeSpan.FromSeconds(90));
                writers.Acknowledge(path);
                count++;
            }
            catch (GrainKeeperException e)
            {
                Assert.True(e.IsOutcomeUnknown, $"{path}: {e.Message}");
            }
        }

        return count;
    }
}

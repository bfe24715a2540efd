using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Process.Tests.Harness;
using Xunit.Abstractions;

namespace GrainKeeper.Process.Tests;

/// <summary>Writes under way when their client's server is killed: each is done once, in order, and answered with its first answer.</summary>
public sealed class OnceTests(ITestOutputHelper output)
{
    private const int Seed = 20;
    private const int Writers = 6;
    private const int UnderWay = 50;
    private const int Goal = 1_000;
    private const int MostKills = 40;

    [Fact]
    public async Task A_thousand_writes_whose_server_is_killed_under_them_are_each_done_once_and_in_order()
    {
        var random = new Random(Seed);
        await using var ensemble = new Ensemble(3);
        await ensemble.StartAllAsync();
        var writers = new List<OnceWriter>();
        try
        {
            for (var n = 0; n < Writers; n++)
            {
                var options = ensemble.ClientOfAll() with { SessionTimeout = TimeSpan.FromSeconds(30), QueueTimeout = TimeSpan.FromMinutes(2) };
                writers.Add(new OnceWriter(await GrainKeeperClient.ConnectAsync(options), n, UnderWay));
                await writers[n].StartAsync();
            }

            var (killed, kills, leaders) = (0, 0, 0);
            while (killed < Goal)
            {
                Assert.True(++kills <= MostKills, $"after {MostKills} kills only {killed} calls were under way at a server killed");
                await MoreAsync(ensemble, writers, random.Next(1, 4) * UnderWay);
                var victim = writers[random.Next(Writers)].Client.Server;
                leaders += ensemble.Leader() == victim ? 1 : 0;
                var calls = writers.Where(w => w.Client is { State: ClientState.Connected } client && client.Server == victim).SelectMany(w => w.Open).ToList();
                await ensemble.KillAsync(victim);
                var hit = calls.Count(c => !c.IsCompleted);
                killed += hit;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"kill {kills}: server {victim}, {hit} calls under way"));
                await MoreAsync(ensemble, writers, UnderWay);
                ensemble.Start(victim);
                await ensemble.AllServeAsync();
            }

            foreach (var writer in writers)
            {
                await writer.StopAsync();
            }

            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"seed {Seed}: {kills} kills, {leaders} of the leader, with {killed} calls under way; {writers.Sum(w => w.Made)} calls, each done once and in order"));
            foreach (var server in ensemble.Ids)
            {
                await using var client = await GrainKeeperClient.ConnectAsync(ensemble.ClientOf(server));
                await client.SyncAsync();
                foreach (var writer in writers)
                {
                    var there = await client.GetChildrenAsync(writer.Parent);
                    Assert.Equal(writer.Names.Order(StringComparer.Ordinal), there.Names.Order(StringComparer.Ordinal));
                    Assert.Equal(writer.Made / 2, there.Stat.Version);
                }
            }
        }
        finally
        {
            await Task.WhenAll(writers.Select(w => w.DisposeAsync().AsTask()));
        }
    }

    /// <summary>Waits until every writer has made so many more calls, or one has failed.</summary>
    private static async Task MoreAsync(Ensemble ensemble, List<OnceWriter> writers, int calls)
    {
        var goals = writers.ConvertAll(w => w.Made + calls);
        await Until.TrueAsync(
            () => writers.Exists(w => w.Failed) || writers.Zip(goals).All(w => w.First.Made >= w.Second), $"each writer has made {calls} more calls", 120, () => ensemble.Tails);
        foreach (var failed in writers.Where(w => w.Failed))
        {
            await failed.StopAsync();
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Process.Tests.Harness;
using Xunit.Abstractions;

namespace GrainKeeper.Process.Tests;

/// <summary>
/// When the ephemeral nodes of a client go that has died: its timeout after its last sign of life at the earliest, two ticks more at the latest. One tick is for the rounding
/// of expiry times and for followers that tell of signs of life together, the other one for a leader that ran late itself and must not blame its clients.
/// </summary>
public sealed class ExpiryTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    // For what comes after: a commit on a quorum's disks, an event, and this process's turn on a machine that others use.
    private static readonly TimeSpan Delivery = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Ephemerals_of_clients_that_die_go_within_timeout_and_two_ticks_at_leader_and_follower()
    {
        await using var ensemble = Make();
        var leader = await ensemble.StartAllAsync();
        var follower = ensemble.Ids.First(n => n != leader);
        await using var watcher = await GrainKeeperClient.ConnectAsync(ensemble.ClientOf(ensemble.Ids.Last(n => n != leader)));

        // At different moments of a tick.
        var watched = new List<(string What, AbandonedSession Session, Task<long> Gone)>();
        for (var n = 0; n < 4; n++)
        {
            foreach (var (name, server) in new[] { ("leader", leader), ("follower", follower) })
            {
                var session = await AbandonedSession.MakeAsync(ensemble.ClientPort(server), string.Create(CultureInfo.InvariantCulture, $"/{name}-{n}"), Timeout);
                watched.Add((n % 2 == 0 ? "killed" : "silent", session, await WatchAsync(watcher, session)));
                if (n % 2 == 0)
                {
                    session.Dispose();
                }
            }

            var next = watched[^1].Session.Answered + (long)(0.3 * Stopwatch.Frequency);
            await Until.TrueAsync(() => Stopwatch.GetTimestamp() >= next, "the next moment", 10);
        }

        foreach (var (what, session, gone) in watched)
        {
            var end = await GoneAsync(gone, ensemble);
            Judge($"{what} client of {session.Path}", session, BeganOf(session, ensemble), end);
            session.Dispose();
        }
    }

    [Fact]
    public async Task Ephemerals_of_a_client_that_dies_with_its_follower_go_within_timeout_and_two_ticks()
    {
        await using var ensemble = Make();
        var leader = await ensemble.StartAllAsync();
        var follower = ensemble.Ids.First(n => n != leader);
        await using var watcher = await GrainKeeperClient.ConnectAsync(ensemble.ClientOf(ensemble.Ids.Last(n => n != leader)));
        using var session = await AbandonedSession.MakeAsync(ensemble.ClientPort(follower), "/with-follower", Timeout);
        var gone = await WatchAsync(watcher, session);
        await ensemble.KillAsync(follower);

        var end = await GoneAsync(gone, ensemble);
        Judge("client and its follower killed", session, BeganOf(session, ensemble), end);
    }

    [Fact]
    public async Task A_new_leader_gives_a_client_that_died_with_the_old_one_its_whole_timeout_and_no_more_than_two_ticks()
    {
        await using var ensemble = Make();
        var leader = await ensemble.StartAllAsync();
        await using var watcher = await GrainKeeperClient.ConnectAsync(ensemble.ClientOf([.. ensemble.Ids.Where(n => n != leader)]));
        using var session = await AbandonedSession.MakeAsync(ensemble.ClientPort(leader), "/with-leader", Timeout);
        var gone = await WatchAsync(watcher, session);
        var killed = Stopwatch.GetTimestamp();
        await ensemble.KillAsync(leader);
        var next = await ensemble.LeaderAsync(60, except: leader);
        var leads = ensemble.StateOf(next).Since;

        var end = await GoneAsync(gone, ensemble);
        Judge("client and its leader killed", session, Math.Max(leads, BeganOf(session, ensemble)), end);
        Assert.True(Stopwatch.GetElapsedTime(killed, end) >= session.Timeout, "the new leader did not give the session its whole timeout");
    }

    private static Ensemble Make() => new(3, string.Create(CultureInfo.InvariantCulture, $"tickTime={Tick.TotalMilliseconds}"));

    /// <returns>The moment in which the watcher hears that the node is gone.</returns>
    private static async Task<Task<long>> WatchAsync(GrainKeeperClient watcher, AbandonedSession session)
    {
        var gone = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        await watcher.SyncAsync();
        var stat = await watcher.ExistsAsync(session.Path, _ => gone.TrySetResult(Stopwatch.GetTimestamp()));
        Assert.NotNull(stat);
        Assert.Equal(Timeout, session.Timeout);
        return gone.Task;
    }

    /// <summary>When the timeout began that has ended the session: with its last sign of life, or with a leader elected since, who gives every session its whole timeout.</summary>
    private static long BeganOf(AbandonedSession session, Ensemble ensemble) =>
        ensemble.Leader() is { } leader ? Math.Max(session.Answered, ensemble.StateOf(leader).Since) : session.Answered;

    private static async Task<long> GoneAsync(Task<long> gone, Ensemble ensemble)
    {
        await Until.TrueAsync(() => gone.IsCompleted, "the ephemeral node is gone", 60, () => ensemble.Tails);
        return await gone;
    }

    private void Judge(string what, AbandonedSession session, long from, long gone)
    {
        var sinceSent = Stopwatch.GetElapsedTime(session.Sending, gone);
        var latest = Stopwatch.GetElapsedTime(from, gone);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what}: gone {sinceSent.TotalMilliseconds:0} ms after its last request, {latest.TotalMilliseconds:0} ms after the timeout began; timeout {session.Timeout.TotalMilliseconds:0} ms"));
        Assert.True(sinceSent >= session.Timeout, $"{what}: expired {sinceSent} after its last request, before its timeout");
        Assert.True(latest <= session.Timeout + (2 * Tick) + Delivery, $"{what}: expired {latest} after its timeout began");
    }
}

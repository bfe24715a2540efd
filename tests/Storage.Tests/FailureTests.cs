using System.Globalization;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Files;
using GrainKeeper.Storage.Tests.Fakes;
using static GrainKeeper.Storage.Tests.Fakes.Engine;

namespace GrainKeeper.Storage.Tests;

/// <summary>Errors of the disk while storage runs with its threads.</summary>
public sealed class FailureTests
{
    private const long LastToken = 21;

    [Theory]
    [InlineData(SimFault.NoSpace)]
    [InlineData("Input/output error")]
    public async Task Wherever_the_disk_fails_storage_fails_once_and_loses_nothing_confirmed_but_a_full_disk_may_cost_it_a_snapshot_only(string error)
    {
        for (var at = 1; at < 400; at += 3)
        {
            var files = new SimFileSystem();
            var listener = new Listener();
            var hit = await RunAsync(files, listener, at, error);
            if (!hit)
            {
                Assert.True(at > 60, $"the run has only {at} calls");
                return;
            }

            var call = files.Trace.Single(t => t.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{at} "), StringComparison.Ordinal));
            if (!listener.Events.Contains("failed") && (IsLastOfClosing(call, files) || (error == SimFault.NoSpace && MayGoOn(call))))
            {
                // Nothing but a snapshot or prepared space was lost.
                Assert.Equal(LastToken, listener.Durable);
                Assert.DoesNotContain(Engine.Path("snapshot.tmp"), files.List(Engine.Directory).Select(Engine.Path));
                continue;
            }

            Assert.False(error == SimFault.NoSpace && MustGoOn(call), $"the server ends at: {call}");
            Assert.Contains(error, listener.WaitForFailure().Message, StringComparison.Ordinal);
            Assert.Equal(1, listener.Events.Count(e => e == "failed"));
            Assert.Equal("failed", listener.Events[^1]);
            files.KillProcess();
            VerifyConfirmed(files, listener.Durable);
            VerifyConfirmed(files.LosePower(new Random(at)), listener.Durable);
        }

        Assert.Fail("the run never came to its end");
    }

    [Fact]
    public async Task With_a_crash_at_any_moment_of_the_threads_nothing_confirmed_is_lost()
    {
        for (var at = 1; at < 200; at += 2)
        {
            var files = new SimFileSystem();
            var listener = new Listener();
            if (!await RunAsync(files, listener, at, error: null))
            {
                return;
            }

            var durable = listener.Durable;
            for (var disk = 0; disk < 4; disk++)
            {
                VerifyConfirmed(files.LosePower(new Random((at * 10) + disk)), durable);
            }
        }
    }

    [Fact]
    public async Task A_failed_flush_is_never_tried_again()
    {
        var files = new SimFileSystem();
        files.Arm(new SimFault(int.MaxValue));
        var listener = new Listener();
        await using (var storage = ReplicaStorage.Open(Options with { IdleMarkAfter = 0 }, new FakeState(), listener, null, files))
        {
            // Another thread prepares space: its calls must not be counted below.
            files.WaitFor("flush spare.tmp");
            storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(1), 1));
            storage.Execute(new ZabEffect.Append(Range(1, 1, 3), 2));
            listener.WaitFor(2);

            // Write, then flush.
            files.Arm(new SimFault(2, "Input/output error"));
            storage.Execute(new ZabEffect.Append(Range(1, 4, 4), 3));
            listener.WaitForFailure();
            storage.Execute(new ZabEffect.Append(Range(1, 5, 5), 4));
            storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(2), 5));
            Assert.False(await storage.BeginSnapshot(Z(1, 3)).AppendAsync("x"u8.ToArray()));
        }

        Assert.Equal(2, listener.Durable);
        Assert.Equal(2, files.Calls);
    }

    [Fact]
    public async Task A_disk_that_hangs_ends_the_server_once_the_queue_is_full_for_too_long()
    {
        using var files = new HangingFileSystem(new SimFileSystem());
        var listener = new Listener();
        var storage = ReplicaStorage.Open(
            Options with { MaxQueuedBytes = 64 * 1024, MaxQueueWait = 200 }, new FakeState(), listener, null, files);
        storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(1), 1));
        listener.WaitFor(1);
        files.Hang();
        for (uint i = 1; i <= 100 && listener.Events[^1] != "failed"; i++)
        {
            storage.Execute(new ZabEffect.Append(Range(1, i, i, size: 1000), i + 1));
        }

        Assert.Contains("has made no progress for 200 ms", listener.WaitForFailure().Message, StringComparison.Ordinal);
        files.Release();
        await storage.DisposeAsync();
        Assert.Equal("failed", listener.Events[^1]);
    }

    [Fact]
    public async Task A_full_queue_makes_the_caller_wait_but_loses_nothing()
    {
        var files = new SimFileSystem();
        var listener = new Listener();
        await using (var storage = ReplicaStorage.Open(Options with { MaxQueuedBytes = 64 * 1024 }, new FakeState(), listener, null, files))
        {
            storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(1), 1));
            for (uint i = 1; i <= 500; i++)
            {
                storage.Execute(new ZabEffect.Append(Range(1, i, i, size: 1000), i + 1));
            }

            // One effect larger than the limit passes when nothing else waits.
            storage.Execute(new ZabEffect.Append(Range(1, 501, 501, size: 100_000), 502));
        }

        Assert.Equal(502, listener.Durable);
    }

    /// <summary>A snapshot that has no name yet is not worth a server.</summary>
    private static bool MustGoOn(string call) =>
        call.EndsWith(" snapshot.tmp", StringComparison.Ordinal) && !call.Contains(" rename ", StringComparison.Ordinal) && !call.Contains(" delete ", StringComparison.Ordinal);

    /// <summary>The file of prepared space is the log's own from the moment that the log has taken it, still by its old name.</summary>
    private static bool MayGoOn(string call) => MustGoOn(call) || call.EndsWith(" spare.tmp", StringComparison.Ordinal);

    /// <summary>
    /// The deletion of prepared space with which closing ends: all is durable and marked by then, and the next start deletes what is left. How many calls come before it
    /// depends on how often the log was idle.
    /// </summary>
    private static bool IsLastOfClosing(string call, SimFileSystem files) =>
        call.EndsWith(" delete spare.tmp", StringComparison.Ordinal) && files.Trace[^1] == call;

    private static async Task<bool> RunAsync(SimFileSystem files, Listener listener, int at, string? error)
    {
        ReplicaStorage storage;
        try
        {
            storage = ReplicaStorage.Open(Options with { IdleMarkAfter = 1 }, new FakeState(), listener, null, files);
        }
        catch (StorageException e)
        {
            throw new InvalidOperationException("the disk was sound", e);
        }

        files.Arm(new SimFault(at, error));
        storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(9), 1));
        var state = new FakeState();
        for (uint i = 0; i < 20; i++)
        {
            var txns = Range(1, (i * 3) + 1, (i * 3) + 3, size: 600);
            storage.Execute(new ZabEffect.Append(txns, i + 2));
            txns.ForEach(state.Apply);
            if (i % 5 == 4)
            {
                var snapshot = storage.BeginSnapshot(state.LastApplied);
                _ = await snapshot.AppendAsync(state.Slices(100)[0]) && await snapshot.CompleteAsync();
            }
        }

        try
        {
            await storage.DisposeAsync();
        }
        catch (SimulatedCrashException)
        {
        }

        return files.FaultHit;
    }

    private static void VerifyConfirmed(SimFileSystem files, long durable)
    {
        files.KillProcess();
        using var engine = Open(files);
        Assert.True(engine.History.LastLogged.Counter >= Math.Max(0, durable - 1) * 3, $"{engine.History.LastLogged} but token {durable} was confirmed");
        Assert.Equal(engine.History.LastLogged.Counter, (uint)engine.State.Applied.Count);
        Assert.Equal(durable >= 1 ? 9 : engine.History.AcceptedEpoch.Value, engine.History.AcceptedEpoch.Value);
    }
}

using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Tests.Fakes;
using static GrainKeeper.Storage.Tests.Fakes.Engine;

namespace GrainKeeper.Storage.Tests;

/// <summary>Faults that ZooKeeper once had on its disk.</summary>
public sealed class KnownBugTests
{
    // Broken to prove it: the directory released before the writer had ended. A second owner got in while five transactions were on their way.
    [Fact]
    public async Task ZOOKEEPER_4712_nothing_of_a_closed_log_reaches_the_directory_once_it_has_a_new_owner()
    {
        var sim = new SimFileSystem();
        using var files = new HangingFileSystem(sim);
        var listener = new Listener();
        var old = ReplicaStorage.Open(Options, new FakeState(), listener, null, files);
        old.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(1), 1));
        listener.WaitFor(1);
        files.Hang();
        old.Execute(new ZabEffect.Append(Range(1, 1, 5), 2));
        var closing = old.DisposeAsync().AsTask();
        old.Execute(new ZabEffect.Append(Range(1, 6, 9), 3));

        // While its queue is not empty nobody else gets in.
        Assert.Throws<DirectoryInUseException>(() => ReplicaStorage.Open(Options, new FakeState(), new Listener(), null, sim));
        Assert.False(closing.IsCompleted);
        files.Release();
        await closing;
        Assert.Equal(2, listener.Durable);

        await using var next = ReplicaStorage.Open(Options, new FakeState(), new Listener(), null, sim);
        Assert.Equal(Z(1, 5), next.Recovered.LastLogged);
    }

    // Broken to prove it: the writer goes on after an error. Token 5 was confirmed, though the transaction of token 3 was lost.
    [Fact]
    public async Task ZOOKEEPER_4882_after_one_disk_error_nothing_more_is_confirmed_though_the_disk_works_again()
    {
        var files = new SimFileSystem();
        files.Arm(new SimFault(int.MaxValue));
        var listener = new Listener();
        await using (var storage = ReplicaStorage.Open(Options with { IdleMarkAfter = 0 }, new FakeState(), listener, null, files))
        {
            // Another thread prepares space: the error below must not meet it instead of the log.
            files.WaitFor("flush spare.tmp");
            storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(1), 1));
            storage.Execute(new ZabEffect.Append(Range(1, 1, 3), 2));
            listener.WaitFor(2);
            files.Arm(new SimFault(1, "Input/output error"));
            storage.Execute(new ZabEffect.Append(Range(1, 4, 4), 3));
            listener.WaitForFailure();
            storage.Execute(new ZabEffect.Append(Range(1, 5, 9), 4));
            storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(2), 5));
        }

        Assert.Equal((2, "failed"), (listener.Durable, listener.Events[^1]));

        // What the next start finds is the log, with no hole where the error was.
        files.KillProcess();
        var state = new FakeState();
        await using var again = ReplicaStorage.Open(Options, state, new Listener(), null, files);
        Assert.Equal((Z(1, 3), 1), (again.Recovered.LastLogged, again.Recovered.AcceptedEpoch.Value));
        Assert.Equal(3, state.Applied.Count);
    }

    // Broken to prove it: the directory not flushed after a segment is deleted (some came back, with a gap before them), then the cut segment not
    // flushed (1.5 and 1.6 came back).
    [Fact]
    public void ZOOKEEPER_5094_a_truncation_is_confirmed_only_when_no_loss_of_power_can_bring_back_what_was_cut()
    {
        var files = new SimFileSystem();
        using (var engine = Open(files))
        {
            engine.Epochs(accepted: 2, current: 1);
            engine.Append(1, 1, 60, size: 600);
            engine.Truncate(Z(1, 4));
        }

        for (var seed = 0; seed < 40; seed++)
        {
            using var engine = Open(files.LosePower(new Random(seed)));
            Assert.Equal((Z(1, 4), 4), (engine.History.LastLogged, engine.State.Applied.Count));
        }
    }

    // Broken to prove it: the directory not flushed after a segment is deleted. The next start found a segment missing in the middle.
    [Fact]
    public void ZOOKEEPER_5094_a_truncation_interrupted_anywhere_leaves_memory_and_log_with_the_same_end()
    {
        var points = 0;
        for (var at = 1; ; at++, points++)
        {
            var files = new SimFileSystem();
            var engine = Open(files);
            engine.Epochs(accepted: 2, current: 1);
            engine.Append(1, 1, 60, size: 600);
            files.Arm(new SimFault(at));
            try
            {
                engine.Truncate(Z(1, 4));
            }
            catch (SimulatedCrashException)
            {
            }

            if (!files.FaultHit)
            {
                break;
            }

            for (var seed = 0; seed < 8; seed++)
            {
                using var after = Open(files.LosePower(new Random((at * 100) + seed)));
                Assert.InRange(after.History.LastLogged.Counter, 4u, 60u);
                Assert.Equal(after.History.LastLogged, after.State.LastApplied);
                Assert.Equal(after.History.LastLogged.Counter, (uint)after.State.Applied.Count);
            }
        }

        Assert.True(points > 8, $"only {points} calls");
    }

    // Broken to prove it: the file not flushed before it is renamed (its content was damaged), then the directory not flushed after it (the name was
    // lost).
    [Fact]
    public void ZOOKEEPER_4269_an_epoch_file_replaced_while_the_power_fails_holds_the_old_epoch_or_the_new_one_and_a_start_needs_no_help()
    {
        var seen = new HashSet<int>();
        for (var at = 1; ; at++)
        {
            var files = new SimFileSystem();
            var engine = Open(files);
            engine.Epochs(accepted: 5, current: 5);
            files.Arm(new SimFault(at));
            try
            {
                engine.Carry(new ZabEffect.WriteAcceptedEpoch(new Epoch(6), engine.NextToken()));
            }
            catch (SimulatedCrashException)
            {
            }

            var done = !files.FaultHit;
            for (var seed = 0; seed < 16; seed++)
            {
                var after = files.LosePower(new Random((at * 100) + seed));
                using var next = Open(after);
                Assert.Equal(5, next.History.CurrentEpoch.Value);
                Assert.True(next.History.AcceptedEpoch.Value == 6 || (next.History.AcceptedEpoch.Value == 5 && !done));
                Assert.DoesNotContain(after.List(Engine.Directory), n => n.EndsWith(".tmp", StringComparison.Ordinal));
                seen.Add(next.History.AcceptedEpoch.Value);
            }

            if (done)
            {
                break;
            }
        }

        Assert.Equal([5, 6], seen.Order());
    }
}

using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Tests.Fakes;

namespace GrainKeeper.Storage.Tests;

/// <summary>The whole of storage, with its threads, on the real file system.</summary>
public sealed class ReplicaStorageTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Listener _listener = new();

    private StorageOptions Options => Engine.Options with { Directory = Path.Combine(_directory.Path, "a", "b"), IdleMarkAfter = 20 };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Effects_are_confirmed_in_order_and_survive_a_reopen()
    {
        await using (var storage = ReplicaStorage.Open(Options, new FakeState(), _listener))
        {
            storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(3), 1));
            storage.Execute(new ZabEffect.Append(Engine.Range(1, 1, 50), 2));
            storage.Execute(new ZabEffect.WriteCurrentEpoch(new Epoch(1), 3));
            for (var token = 4; token <= 1003; token++)
            {
                storage.Execute(new ZabEffect.Append([Engine.Txn(Engine.Z(3, (uint)token - 3), size: 300)], token));
            }

            _listener.WaitFor(1003);
            Assert.Equal(1003, _listener.Durable);
            var metrics = storage.Metrics;
            Assert.Equal(1050, metrics.TxnsAppended);
            Assert.InRange(metrics.Flushes, 1, 1100);
            Assert.True(metrics.LongestFlush >= metrics.LastFlush && metrics.LastFlush > TimeSpan.Zero);
            Assert.Equal(0, metrics.QueuedBytes);
            Assert.True(metrics.Segments > 50);
        }

        var state = new FakeState();
        await using var again = ReplicaStorage.Open(Options, state, new Listener());
        Assert.Equal(
            (new Epoch(3), new Epoch(1), Engine.Z(3, 1000)),
            (again.Recovered.AcceptedEpoch, again.Recovered.CurrentEpoch, again.Recovered.LastLogged));
        Assert.Equal(1050, state.Applied.Count);
        Assert.DoesNotContain(Directory.GetFiles(Options.Directory), f => f.EndsWith("segment.tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_truncation_an_install_and_snapshots_work_through_the_threads()
    {
        await using (var storage = ReplicaStorage.Open(Options, new FakeState(), _listener))
        {
            var state = new FakeState();
            storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(9), 1));
            Append(storage, state, 1, 1, 100, 2);
            Assert.True(await SnapshotAsync(storage, state, Engine.Z(1, 60)));
            Assert.Equal(1, storage.Metrics.Snapshots);
            storage.Execute(new ZabEffect.TruncateLog(Engine.Z(1, 100), 3));
            Append(storage, state, 1, 101, 150, 4);
            storage.Execute(new ZabEffect.TruncateLog(Engine.Z(1, 120), 5));
            Append(storage, state, 2, 1, 10, 6);
            _listener.WaitFor(6);
            var read = await storage.ReadLogAsync(Engine.Z(1, 118), Engine.Z(2, 3), 1_000_000);
            Assert.Equal([Engine.Z(1, 119), Engine.Z(1, 120), Engine.Z(2, 1), Engine.Z(2, 2), Engine.Z(2, 3)], read!.Select(t => t.Zxid));
        }

        var recovered = new FakeState();
        await using (var storage = ReplicaStorage.Open(Options, recovered, new Listener()))
        {
            Assert.Equal(130, recovered.Applied.Count);
            storage.Execute(new ZabEffect.BeginSnapshotInstall(Engine.Z(5, 5)));
            var leader = new FakeState();
            Engine.Range(5, 1, 8).ForEach(leader.Apply);
            leader.Slices(3).ForEach(s => storage.Execute(new ZabEffect.SnapshotInstallChunk(s)));
            storage.Execute(new ZabEffect.CommitSnapshotInstall(Engine.Z(5, 5), 1));
            storage.Execute(new ZabEffect.Append(Engine.Range(5, 6, 9), 2));
        }

        var last = new FakeState();
        await using var third = ReplicaStorage.Open(Options, last, new Listener());
        Assert.Equal((Engine.Z(5, 9), Engine.Z(5, 5)), (third.Recovered.LastLogged, third.Recovered.OldestLogged));
        Assert.Equal(9, last.Applied.Count);
    }

    [Fact]
    public async Task A_snapshot_under_way_is_abandoned_by_a_truncation_an_install_a_newer_one_and_the_end()
    {
        SnapshotWriter last;
        await using (var storage = ReplicaStorage.Open(Options, new FakeState(), _listener))
        {
            var state = new FakeState();
            storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(9), 1));
            Append(storage, state, 1, 1, 10, 2);
            var first = storage.BeginSnapshot(Engine.Z(1, 10));
            Assert.True(await first.AppendAsync(state.Slices(5)[0]));
            var second = storage.BeginSnapshot(Engine.Z(1, 10));
            Assert.False(await first.AppendAsync(state.Slices(5)[1]));
            Assert.True(await second.AppendAsync(state.Slices(5)[0]));
            storage.Execute(new ZabEffect.TruncateLog(Engine.Z(1, 10), 3));
            Assert.False(await second.CompleteAsync());
            var third = storage.BeginSnapshot(Engine.Z(1, 10));
            Assert.True(await third.AppendAsync(state.Slices(5)[0]));
            storage.Execute(new ZabEffect.BeginSnapshotInstall(Engine.Z(2, 1)));
            storage.Execute(new ZabEffect.CommitSnapshotInstall(Engine.Z(2, 1), 4));
            Assert.False(await third.CompleteAsync());
            last = storage.BeginSnapshot(Engine.Z(2, 1));
            Assert.True(await last.AppendAsync(state.Slices(5)[0]));
            _listener.WaitFor(4);
            Assert.Equal(1, storage.Metrics.Snapshots);
        }

        Assert.False(await last.CompleteAsync());
        Assert.Equal(
            ["acceptedEpoch", "currentEpoch", "lock", "server", "snapshot.0000000200000001"],
            Directory.GetFiles(Options.Directory).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task After_quiet_time_the_log_is_marked_so_that_damage_to_its_end_is_seen()
    {
        await using (var storage = ReplicaStorage.Open(Options, new FakeState(), _listener))
        {
            storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(1), 1));
            storage.Execute(new ZabEffect.Append(Engine.Range(1, 1, 1), 2));
            _listener.WaitFor(2);
            var until = DateTime.UtcNow.AddSeconds(60);
            while (storage.Metrics.Flushes < 2)
            {
                Assert.True(DateTime.UtcNow < until, "no mark was written");
                await Task.Delay(5);
            }
        }

        using var text = new StringWriter();
        Assert.Equal(0, LogDump.Write(text, Options.Directory));
        Assert.Single(text.ToString().Split('\n'), l => l.Contains("mark: everything before it was durable", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_directory_in_use_is_refused_naming_the_holder()
    {
        await using (ReplicaStorage.Open(Options, new FakeState(), _listener))
        {
            var error = Assert.Throws<DirectoryInUseException>(() => ReplicaStorage.Open(Options, new FakeState(), new Listener()));
            Assert.Equal(Environment.ProcessId, error.Holder);
            Assert.Contains($"in use by process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
        }

        await ReplicaStorage.Open(Options, new FakeState(), new Listener()).DisposeAsync();
    }

    [Fact]
    public async Task A_lock_file_left_by_a_dead_process_does_not_matter()
    {
        Directory.CreateDirectory(Options.Directory);
        await File.WriteAllTextAsync(Path.Combine(Options.Directory, "lock"), "1");
        await ReplicaStorage.Open(Options, new FakeState(), _listener).DisposeAsync();
    }

    [Fact]
    public async Task A_failed_open_releases_the_lock()
    {
        await ReplicaStorage.Open(Options, new FakeState(), _listener).DisposeAsync();
        var epoch = Path.Combine(Options.Directory, "currentEpoch");
        var content = await File.ReadAllTextAsync(epoch);
        await File.WriteAllTextAsync(epoch, "what?");
        Assert.Throws<StorageCorruptException>(() => ReplicaStorage.Open(Options, new FakeState(), new Listener()));
        await File.WriteAllTextAsync(epoch, content);
        await ReplicaStorage.Open(Options, new FakeState(), new Listener()).DisposeAsync();
    }

    [Fact]
    public async Task What_is_no_disk_effect_is_refused()
    {
        await using var storage = ReplicaStorage.Open(Options, new FakeState(), _listener);
        Assert.Throws<ArgumentException>(() => storage.Execute(new ZabEffect.Restart("x")));
    }

    [Fact]
    public async Task Reads_meet_a_log_that_grows_and_is_purged_without_ever_a_gap()
    {
        await using var storage = ReplicaStorage.Open(Options, new FakeState(), _listener);
        var state = new FakeState();
        storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(1), 1));
        using var stop = new CancellationTokenSource();
        var reads = 0;
        var reader = Task.Run(async () =>
        {
            var random = new Random(5);
            var after = Zxid.Zero;
            while (!stop.IsCancellationRequested)
            {
                var txns = await storage.ReadLogAsync(after, Engine.Z(1, uint.MaxValue), random.Next(1, 5000));
                if (txns is null || txns.Count == 0)
                {
                    var last = _listener.Durable;
                    after = last > 10 ? Engine.Z(1, (uint)((last - 1) * 10) - (uint)random.Next(100)) : after;
                    continue;
                }

                foreach (var txn in txns)
                {
                    Assert.True(after.IsDirectlyBefore(txn.Zxid), $"{txn.Zxid} was read after {after}");
                    Assert.True(txn.Payload.Span.SequenceEqual(Engine.Txn(txn.Zxid).Payload.Span));
                    after = txn.Zxid;
                }

                Interlocked.Increment(ref reads);
            }
        });
        for (uint i = 0; i < 500; i++)
        {
            Append(storage, state, 1, (i * 10) + 1, (i * 10) + 10, i + 2);
            if (i % 50 == 49)
            {
                Assert.True(await SnapshotAsync(storage, state, state.LastApplied));
            }
        }

        _listener.WaitFor(501);
        for (var until = Environment.TickCount64 + 30_000; Volatile.Read(ref reads) <= 5 && !reader.IsCompleted; await Task.Delay(5))
        {
            Assert.True(Environment.TickCount64 < until, $"only {reads} reads");
        }

        await stop.CancelAsync();
        await reader;
        Assert.True(storage.Metrics.Segments < 60);
    }

    private static void Append(ReplicaStorage storage, FakeState state, int epoch, uint from, uint to, long token)
    {
        var txns = Engine.Range(epoch, from, to);
        storage.Execute(new ZabEffect.Append(txns, token));
        txns.ForEach(state.Apply);
    }

    private static async Task<bool> SnapshotAsync(ReplicaStorage storage, FakeState state, Zxid zxid)
    {
        var snapshot = storage.BeginSnapshot(zxid);
        foreach (var slice in state.Slices(40))
        {
            Assert.True(await snapshot.AppendAsync(slice));
        }

        return await snapshot.CompleteAsync();
    }
}

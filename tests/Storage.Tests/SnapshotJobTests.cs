using System.Collections.Concurrent;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Grains.Replicas;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Files;
using GrainKeeper.Storage.Tests.Fakes;

namespace GrainKeeper.Storage.Tests;

/// <summary>The shell between the core's chunks and storage's snapshots.</summary>
public sealed class SnapshotJobTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Listener _listener = new();

    private StorageOptions Options => Engine.Options with { Directory = _directory.Path };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_core_hears_of_the_last_chunk_when_the_snapshot_is_durable_so_that_no_other_gets_into_its_file()
    {
        using var files = new HangingFileSystem(DiskFileSystem.Instance);
        var state = new FakeState();
        await using (var storage = ReplicaStorage.Open(Options, new FakeState(), _listener, null, files))
        {
            storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(1), 1));
            using var done = new BlockingCollection<int>();
            var failures = new ConcurrentQueue<Exception>();
            var job = new SnapshotJob(storage, () => done.Add(0), failures.Enqueue);
            for (var round = 0; round < 3; round++)
            {
                var last = (uint)round + 28;
                var txns = Engine.Range(1, round == 0 ? 1 : last, last);
                txns.ForEach(state.Apply);
                storage.Execute(new ZabEffect.Append(txns, 2 + round));
                _listener.WaitFor(2 + round);
                var slices = state.Slices(10);
                job.Write(new ReplicaEffect.SnapshotChunk(Engine.Z(1, last), slices[0], Last: false));
                Assert.True(done.TryTake(out _, TimeSpan.FromSeconds(30)));
                job.Write(new ReplicaEffect.SnapshotChunk(Engine.Z(1, last), slices[1], Last: false));
                Assert.True(done.TryTake(out _, TimeSpan.FromSeconds(30)));
                files.Hang();
                job.Write(new ReplicaEffect.SnapshotChunk(Engine.Z(1, last), slices[2], Last: true));
                Assert.True(files.WaitUntilHanging(TimeSpan.FromSeconds(30)));
                Assert.Empty(done);
                Assert.False(File.Exists(SnapshotOf(last)));
                files.Release();
                Assert.True(done.TryTake(out _, TimeSpan.FromSeconds(30)));
                Assert.True(File.Exists(SnapshotOf(last)));
            }

            Assert.Empty(done);
            Assert.Empty(failures);
        }

        var restored = new FakeState();
        await using var again = ReplicaStorage.Open(Options, restored, new Listener());
        Assert.Equal(3, restored.SlicesRestored);
        Assert.Equal(state.Applied, restored.Applied);
    }

    [Fact]
    public async Task A_snapshot_that_storage_gives_up_is_answered_to_its_end()
    {
        await using var storage = ReplicaStorage.Open(Options, new FakeState(), _listener);
        var state = new FakeState();
        var txns = Engine.Range(1, 1, 30);
        txns.ForEach(state.Apply);
        storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(1), 1));
        storage.Execute(new ZabEffect.Append(txns, 2));

        using var done = new BlockingCollection<int>();
        var failures = new ConcurrentQueue<Exception>();
        var job = new SnapshotJob(storage, () => done.Add(0), failures.Enqueue);
        foreach (var (slice, i) in state.Slices(10).Select((s, i) => (s, i)))
        {
            job.Write(new ReplicaEffect.SnapshotChunk(Engine.Z(1, 30), slice, Last: i == 2));
            Assert.True(done.TryTake(out _, TimeSpan.FromSeconds(30)));
            if (i == 0)
            {
                storage.Execute(new ZabEffect.TruncateLog(Engine.Z(1, 30), 3));
                _listener.WaitFor(3);
            }
        }

        Assert.Equal(0, storage.Metrics.Snapshots);
        job.Write(new ReplicaEffect.SnapshotChunk(Engine.Z(1, 30), state.Slices(30)[0], Last: true));
        Assert.True(done.TryTake(out _, TimeSpan.FromSeconds(30)));
        Assert.Equal(1, storage.Metrics.Snapshots);
        Assert.Empty(failures);
    }

    private string SnapshotOf(uint counter) => Path.Combine(_directory.Path, $"snapshot.{Engine.Z(1, counter).Value:x16}");
}

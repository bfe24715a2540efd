using System.Buffers;
using BenchmarkDotNet.Attributes;
using GrainKeeper.Core.Replica;
using GrainKeeper.Storage.Files;
using GrainKeeper.Storage.Snapshots;

namespace GrainKeeper.Benchmarks.HotPaths;

/// <summary>A snapshot of 100,000 nodes of 128 B: written to the disk, and loaded from the page cache.</summary>
[MemoryDiagnoser]
public class SnapshotBenchmarks
{
    private const int Nodes = 100_000;
    private const int SliceBytes = 1024 * 1024;

    private readonly ReplicaState _state = new();
    private readonly ArrayBufferWriter<byte> _slice = new(2 * SliceBytes);
    private string _directory = string.Empty;
    private string _file = string.Empty;

    [GlobalSetup]
    public void Fill()
    {
        _directory = Directory.CreateTempSubdirectory("gk-snapshot-").FullName;
        _file = Path.Combine(_directory, "snapshot");
        foreach (var txn in new BenchTxns(128).Creates(Nodes))
        {
            _state.Replay(txn);
        }

        Write();
    }

    [GlobalCleanup]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    [Benchmark]
    public void Write()
    {
        using var writer = new SnapshotFileWriter(DiskFileSystem.Instance, _file, _state.LastApplied);
        var reader = _state.OpenState();
        bool more;
        do
        {
            _slice.ResetWrittenCount();
            more = reader.ReadNext(_slice, SliceBytes);
            writer.Append(_slice.WrittenSpan);
        }
        while (more);
        writer.Finish(_state.LastApplied);
    }

    [Benchmark]
    public int Load()
    {
        var state = new ReplicaState();
        var writer = state.BeginRestore();
        using var reader = SnapshotFileReader.Open(DiskFileSystem.Instance, _file);
        while (reader.TryReadSlice(out var slice))
        {
            writer.Write(slice);
        }

        writer.Complete(reader.Zxid);
        return state.Tree.Count;
    }
}

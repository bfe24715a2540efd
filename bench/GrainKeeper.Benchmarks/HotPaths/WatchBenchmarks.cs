using BenchmarkDotNet.Attributes;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Benchmarks.HotPaths;

/// <summary>A change of one node that many watch once: the watches are set and triggered.</summary>
[MemoryDiagnoser]
public class WatchBenchmarks
{
    private readonly BenchTxns _txns = new(128);
    private readonly DataTree _tree = new();
    private readonly CountingSink _sink = new();
    private readonly byte[] _path = BenchTxns.PathOf(0);
    private WatchManager _watches = null!;

    [Params(1, 1_000)]
    public int Watchers { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _watches = new WatchManager(_sink);
        foreach (var txn in _txns.Creates(1_000))
        {
            _tree.Apply(txn.Zxid, txn.Payload.Span);
        }
    }

    [Benchmark]
    public long SetAndTrigger()
    {
        for (var watcher = 1; watcher <= Watchers; watcher++)
        {
            _watches.Add(watcher, _path, WatchKind.Data);
        }

        var before = _sink.Events;
        var txn = _txns.SetData(0, 1);
        _tree.Apply(txn.Zxid, txn.Payload.Span, _watches);
        return _sink.Events - before == Watchers ? _sink.Events : throw new InvalidOperationException("events are missing");
    }

    private sealed class CountingSink : IWatchSink
    {
        public long Events { get; private set; }

        public bool MayRead(long watcher, AclList acl) => true;

        public void Deliver(long watcher, WatchEventType type, ReadOnlySpan<byte> path, EventPosition at) => Events++;
    }
}

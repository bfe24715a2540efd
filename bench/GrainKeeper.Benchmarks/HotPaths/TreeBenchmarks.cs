using BenchmarkDotNet.Attributes;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Benchmarks.HotPaths;

/// <summary>The tree with many nodes of 128 B: lookups, and transactions applied.</summary>
[MemoryDiagnoser]
public class TreeBenchmarks
{
    private const int Probes = 1_024;

    private readonly BenchTxns _txns = new(128);
    private readonly byte[][] _paths = new byte[Probes][];
    private readonly DataTree _tree = new();

    [Params(100_000, 1_000_000)]
    public int Nodes { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        foreach (var txn in _txns.Creates(Nodes))
        {
            Apply(txn);
        }

        for (var i = 0; i < Probes; i++)
        {
            _paths[i] = BenchTxns.PathOf((int)(i * 7919L % Nodes));
        }
    }

    [Benchmark(OperationsPerInvoke = Probes)]
    public long Lookup()
    {
        long sum = 0;
        foreach (var path in _paths)
        {
            sum += _tree.TryFind(path, out var node) ? node.Data.Length : throw new InvalidOperationException("a node is missing");
        }

        return sum;
    }

    /// <summary>Encoding the transaction is part of it.</summary>
    [Benchmark]
    public void SetData() => Apply(_txns.SetData((int)(_txns.Last.Counter * 7919L % Nodes), 1));

    /// <summary>Two transactions; encoding them is part of it.</summary>
    [Benchmark]
    public void CreateAndDelete()
    {
        Apply(_txns.Create("/bench/one-more"u8, 1));
        Apply(_txns.Delete("/bench/one-more"u8));
    }

    private void Apply(Txn txn) => _tree.Apply(txn.Zxid, txn.Payload.Span);
}

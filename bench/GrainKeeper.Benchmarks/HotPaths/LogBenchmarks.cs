using BenchmarkDotNet.Attributes;
using GrainKeeper.Benchmarks.Restart;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;

namespace GrainKeeper.Benchmarks.HotPaths;

/// <summary>Append and group commit on the disk of the temporary directory: one flush for each batch.</summary>
[MemoryDiagnoser]
public class LogBenchmarks
{
    private string _directory = string.Empty;
    private BenchState _listener = null!;
    private ReplicaStorage _storage = null!;
    private Zxid _last = Zxid.Of(new Epoch(1), 0);
    private byte[] _payload = [];
    private long _token;

    [Params(1, 16, 256)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _directory = Directory.CreateTempSubdirectory("gk-log-").FullName;
        _listener = new BenchState(new ReplicaState());
        _storage = ReplicaStorage.Open(
            new StorageOptions { Directory = Path.Combine(_directory, "root"), ClusterId = "bench", Server = new ServerId(1) }, _listener, _listener);
        _payload = new byte[256];
        _storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(1), ++_token));
    }

    [GlobalCleanup]
    public void Close()
    {
        _storage.DisposeAsync().AsTask().Wait();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark]
    public void AppendAndFlush()
    {
        var txns = new Txn[Batch];
        for (var i = 0; i < txns.Length; i++)
        {
            txns[i] = new Txn(_last = _last.Next(), TxnKind.Application, _payload);
        }

        _storage.Execute(new ZabEffect.Append(txns, ++_token));
        _listener.WaitFor(_token);
    }
}

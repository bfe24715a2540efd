using System.Buffers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;

namespace GrainKeeper.Benchmarks.Restart;

/// <summary>Fills a data directory through the storage itself: a log that creates all nodes, a snapshot of them, and a tail of changes after it.</summary>
internal static class RestartData
{
    private const int BatchSize = 1_000;
    private const int SliceBytes = 1024 * 1024;

    public static async Task BuildAsync(StorageOptions options, int nodes, int bytes, int tail)
    {
        var state = new ReplicaState();
        var bench = new BenchState(state);
        await using var storage = ReplicaStorage.Open(options, bench, bench);
        long token = 1;
        storage.Execute(new ZabEffect.WriteAcceptedEpoch(new Epoch(1), token));
        var txns = new BenchTxns(bytes);
        Append(storage, state, txns.Creates(nodes), ref token);
        storage.Execute(new ZabEffect.WriteCurrentEpoch(new Epoch(1), ++token));
        await WriteSnapshotAsync(storage, state);
        Append(storage, state, Enumerable.Range(0, tail).Select(i => txns.SetData((int)(i * 7919L % nodes), (int)(i / nodes) + 1)), ref token);
        bench.WaitFor(token);
    }

    private static void Append(ReplicaStorage storage, ReplicaState state, IEnumerable<Txn> txns, ref long token)
    {
        foreach (var batch in txns.Chunk(BatchSize))
        {
            storage.Execute(new ZabEffect.Append(batch, ++token));
            foreach (var txn in batch)
            {
                state.Replay(txn);
            }
        }
    }

    private static async Task WriteSnapshotAsync(ReplicaStorage storage, ReplicaState state)
    {
        var writer = storage.BeginSnapshot(state.LastApplied);
        var reader = state.OpenState();
        var buffer = new ArrayBufferWriter<byte>(2 * SliceBytes);
        bool more;
        do
        {
            buffer.ResetWrittenCount();
            more = reader.ReadNext(buffer, SliceBytes);
            await writer.AppendAsync(buffer.WrittenMemory);
        }
        while (more);
        if (!await writer.CompleteAsync())
        {
            throw new InvalidOperationException("the snapshot was abandoned");
        }
    }
}

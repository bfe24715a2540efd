using GrainKeeper.Core.Replica;
using GrainKeeper.Storage;

namespace GrainKeeper.Grains.Replicas;

/// <summary>Writes the chunks of the own snapshot, one at a time, beside the pump.</summary>
/// <param name="storage">Where to.</param>
/// <param name="done">A chunk is written, the last one durably, and another may follow.</param>
/// <param name="failed">Takes a failure.</param>
internal sealed class SnapshotJob(ReplicaStorage storage, Action done, Action<Exception> failed)
{
    private SnapshotWriter? _writer;
    private bool _abandoned;

    /// <summary>Begins to write a chunk; the core gives the next one, of this snapshot or another, only after this one is done.</summary>
    public void Write(ReplicaEffect.SnapshotChunk chunk)
    {
        _writer ??= storage.BeginSnapshot(chunk.Zxid);
        _ = WriteAsync(_writer, chunk);
    }

    private async Task WriteAsync(SnapshotWriter writer, ReplicaEffect.SnapshotChunk chunk)
    {
        try
        {
            // A snapshot given up by storage (the log was cut, a leader's state came) is still read to its end, or the core would wait for ever.
            _abandoned = _abandoned || !await writer.AppendAsync(chunk.Data);
            if (!chunk.Last)
            {
                done();
                return;
            }

            _writer = null;
            if (!_abandoned)
            {
                await writer.CompleteAsync();
            }

            _abandoned = false;
            done();
        }
        catch (Exception error)
        {
            failed(error);
        }
    }
}

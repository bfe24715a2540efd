using GrainKeeper.Contracts.Peers;

namespace GrainKeeper.Grains.Peers;

/// <summary>Batches that were posted and not acknowledged yet, oldest first. Not thread-safe.</summary>
internal sealed class PostedBatches
{
    private readonly Queue<Entry> _entries = new();

    /// <summary>How many.</summary>
    public int Count => _entries.Count;

    /// <summary>Their payloads together, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>When the oldest was posted.</summary>
    public long OldestAt => _entries.Peek().At;

    public void Add(PeerBatch batch, long now)
    {
        _entries.Enqueue(new Entry(batch, now));
        Bytes += batch.Payload.Length;
    }

    /// <summary>Forgets those that have arrived.</summary>
    public void TakenUpTo(long number)
    {
        while (_entries.TryPeek(out var oldest) && oldest.Batch.Number <= number)
        {
            _entries.Dequeue();
            Bytes -= oldest.Batch.Payload.Length;
        }
    }

    /// <summary>The oldest, if there is one.</summary>
    public PeerBatch? Oldest => _entries.TryPeek(out var oldest) ? oldest.Batch : null;

    public void Clear()
    {
        _entries.Clear();
        Bytes = 0;
    }

    private readonly record struct Entry(PeerBatch Batch, long At);
}

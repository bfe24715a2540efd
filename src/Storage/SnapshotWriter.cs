using GrainKeeper.Core.Quorum;
using GrainKeeper.Storage.Snapshots;

namespace GrainKeeper.Storage;

/// <summary>
/// A snapshot of the own state under way. Written by storage's snapshot thread, so that it never delays a log flush. Used by one caller, who
/// awaits each call before the next. A snapshot that is not completed leaves nothing behind.
/// </summary>
public sealed class SnapshotWriter
{
    private readonly ReplicaStorage _storage;
    private readonly OwnSnapshot _snapshot;

    internal SnapshotWriter(ReplicaStorage storage, OwnSnapshot snapshot)
    {
        _storage = storage;
        _snapshot = snapshot;
    }

    /// <summary>The zxid from whose successor on the log must be replayed over it.</summary>
    public Zxid Zxid => _snapshot.Zxid;

    /// <summary>Writes the next slice. Slices come back at recovery one by one, exactly as given here.</summary>
    /// <param name="slice">The slice; not changed until the task is done.</param>
    /// <returns>Done when the slice is written; false when the snapshot was abandoned meanwhile (a truncation, an install, a failure, a newer one): give up.</returns>
    public Task<bool> AppendAsync(ReadOnlyMemory<byte> slice) => _storage.RunForSnapshot(_snapshot, () => _snapshot.Append(slice.Span));

    /// <summary>
    /// Makes the snapshot durable and usable once the log is durable up to what was executed before this call, then purges snapshots and log
    /// segments no longer needed.
    /// </summary>
    /// <returns>False when the snapshot was abandoned.</returns>
    public Task<bool> CompleteAsync() => _storage.CompleteSnapshot(_snapshot);

    /// <summary>Gives the snapshot up and removes what was written.</summary>
    public void Abandon()
    {
        _snapshot.Abandon();
        _ = _storage.RunForSnapshot(_snapshot, () => false);
    }
}

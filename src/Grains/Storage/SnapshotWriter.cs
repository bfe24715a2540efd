using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Storage;

/// <summary>
/// A snapshot of the own state under way. Written by storage's snapshot thread, so that it never delays a log flush. Used by one caller, who
/// awaits each call before the next. A snapshot that is not completed leaves nothing behind.
/// </summary>
public sealed class SnapshotWriter
{
    internal SnapshotWriter(Zxid zxid) => Zxid = zxid;

    /// <summary>The zxid from whose successor on the log must be replayed over it.</summary>
    public Zxid Zxid { get; }

    /// <summary>Writes the next slice. Slices come back at recovery one by one, exactly as given here.</summary>
    /// <param name="slice">The slice; not changed until the task is done.</param>
    /// <returns>Done when the slice is written; false when the snapshot was abandoned meanwhile (a truncation, an install, a failure): give up.</returns>
    public Task<bool> AppendAsync(ReadOnlyMemory<byte> slice) => throw new NotImplementedException(slice.Length + "" + Zxid);

    /// <summary>
    /// Makes the snapshot durable and usable, then purges snapshots and log segments no longer needed.
    /// </summary>
    /// <returns>False when the snapshot was abandoned.</returns>
    public Task<bool> CompleteAsync() => throw new NotImplementedException("" + Zxid);

    /// <summary>Gives the snapshot up and removes what was written.</summary>
    public void Abandon() => throw new NotImplementedException("" + Zxid);
}

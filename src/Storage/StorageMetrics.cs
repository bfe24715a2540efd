namespace GrainKeeper.Storage;

/// <summary>A reading of storage's counters since it was opened.</summary>
/// <param name="Flushes">Log flushes (fdatasync) done.</param>
/// <param name="LastFlush">How long the last one took.</param>
/// <param name="LongestFlush">How long the longest one took.</param>
/// <param name="TotalFlush">How long all of them took together.</param>
/// <param name="TxnsAppended">Transactions made durable.</param>
/// <param name="BytesAppended">Log bytes made durable.</param>
/// <param name="QueuedBytes">Bytes that wait for the disk now.</param>
/// <param name="Segments">Log segments on disk.</param>
/// <param name="LogBytes">Bytes of records in them.</param>
/// <param name="Snapshots">Snapshots on disk.</param>
/// <param name="SnapshotsWritten">Snapshots completed, installed ones included.</param>
/// <param name="UnpreparedRolls">Segment changes for which the next segment was not preallocated in time.</param>
public readonly record struct StorageMetrics(
    long Flushes,
    TimeSpan LastFlush,
    TimeSpan LongestFlush,
    TimeSpan TotalFlush,
    long TxnsAppended,
    long BytesAppended,
    long QueuedBytes,
    int Segments,
    long LogBytes,
    int Snapshots,
    long SnapshotsWritten,
    long UnpreparedRolls);

using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Storage.Snapshots;

/// <summary>A complete snapshot on disk.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Zxid">The log is replayed from the zxid after this one.</param>
/// <param name="End">
/// The last zxid that may have left traces in it: it was logged durably before the snapshot got its name, and a log cut before it makes the
/// snapshot unusable. Null when the footer is damaged.
/// </param>
internal sealed record SnapshotInfo(string Path, Zxid Zxid, Zxid? End);

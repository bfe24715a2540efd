using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Lab.Disk;

/// <summary>A complete snapshot on disk.</summary>
/// <param name="Zxid">The log must be replayed from the transaction after this one.</param>
/// <param name="Chunks">Its slices, in order.</param>
public sealed record SnapshotFile(Zxid Zxid, IReadOnlyList<ReadOnlyMemory<byte>> Chunks);

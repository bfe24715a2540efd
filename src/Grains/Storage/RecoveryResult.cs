using GrainKeeper.Core.Zab;
using GrainKeeper.Grains.Storage.Log;
using GrainKeeper.Grains.Storage.Snapshots;

namespace GrainKeeper.Grains.Storage;

/// <summary>What recovery found, and where writing goes on.</summary>
internal sealed record RecoveryResult(RecoveredHistory History, LogCatalog Catalog, IReadOnlyList<SnapshotInfo> Snapshots);

using GrainKeeper.Core.Zab;
using GrainKeeper.Storage.Log;
using GrainKeeper.Storage.Snapshots;

namespace GrainKeeper.Storage;

/// <summary>What recovery found, and where writing goes on.</summary>
internal sealed record RecoveryResult(RecoveredHistory History, LogCatalog Catalog, IReadOnlyList<SnapshotInfo> Snapshots);

using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Import;

/// <summary>What an import has done.</summary>
/// <param name="Last">The last transaction of ZooKeeper in it.</param>
/// <param name="Epoch">The epoch written. The next leader begins the one after it.</param>
/// <param name="Nodes">Nodes now there.</param>
/// <param name="Replayed">Transactions taken from the log, over the snapshot.</param>
/// <param name="Sessions">Open sessions dropped.</param>
/// <param name="Ephemerals">Ephemeral nodes dropped.</param>
/// <param name="Warnings">What the operator should know.</param>
public sealed record ImportReport(Zxid Last, Epoch Epoch, int Nodes, long Replayed, int Sessions, int Ephemerals, IReadOnlyList<string> Warnings);

using GrainKeeper.Core.Zab;

namespace GrainKeeper.Simulation.Checking;

/// <summary>A transaction of the one committed sequence.</summary>
/// <param name="Txn">The transaction.</param>
/// <param name="Time">When the first server committed it.</param>
public readonly record struct CommittedTxn(Txn Txn, long Time);

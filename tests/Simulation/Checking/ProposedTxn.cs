using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Simulation.Checking;

/// <summary>A transaction as its leader made it.</summary>
/// <param name="Txn">The transaction.</param>
/// <param name="Previous">What came before it in the leader's log: in every log that has the one, the other comes before it.</param>
/// <param name="Proposer">The leader.</param>
public readonly record struct ProposedTxn(Txn Txn, Zxid Previous, ServerId Proposer);

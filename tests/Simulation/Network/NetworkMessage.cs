using GrainKeeper.Core.Election;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Simulation.Network;

/// <summary>What one server sends another: exactly one of the two.</summary>
/// <param name="Election">Of the election cores.</param>
/// <param name="Zab">Of the ZAB cores.</param>
public readonly record struct NetworkMessage(ElectionMessage? Election, ZabEnvelope? Zab);

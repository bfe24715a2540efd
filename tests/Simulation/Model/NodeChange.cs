using GrainKeeper.Core.Quorum;
using GrainKeeper.Simulation.Clients;

namespace GrainKeeper.Simulation.Model;

/// <summary>A change that watches must tell.</summary>
/// <param name="Zxid">Which transaction made it.</param>
/// <param name="Type">The event.</param>
public readonly record struct NodeChange(Zxid Zxid, WatchEventType Type);

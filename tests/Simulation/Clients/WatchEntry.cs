using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Simulation.Clients;

/// <summary>A watch that a client holds.</summary>
/// <param name="Since">The zxid of the reply that set it: every change after it must be told.</param>
/// <param name="OnAbsent">Whether the node was absent then (ZooKeeper's exist watch).</param>
/// <param name="Rearmed">Whether it was set again after a reconnection, so that the event may sum up several changes.</param>
public readonly record struct WatchEntry(Zxid Since, bool OnAbsent, bool Rearmed);

using GrainKeeper.Core.Replica;

namespace GrainKeeper.Grains.Connections;

/// <summary>A replica at one moment.</summary>
/// <param name="Status">What it is doing.</param>
/// <param name="Report">The lists that were asked for.</param>
public sealed record ReplicaView(ReplicaStatus Status, ReplicaReport Report);

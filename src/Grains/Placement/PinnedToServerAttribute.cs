using Orleans.Placement;

namespace GrainKeeper.Grains.Placement;

/// <summary>
/// Pins a grain class with keys of the form <c>tree/serverId</c> to the silo of that server. Put <c>[GrainDirectory(NullGrainDirectory.Name)]</c>
/// and <c>[KeepAlive]</c> beside it, and call <see cref="LocalServer.Claim"/> when the grain is activated.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PinnedToServerAttribute() : PlacementAttribute(new PinnedPlacement());

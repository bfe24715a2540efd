namespace GrainKeeper.Grains.Placement;

/// <summary>Places a grain whose key is <c>tree/serverId</c> on the silo of that server and nowhere else.</summary>
[Serializable]
[GenerateSerializer]
[Immutable]
[SuppressReferenceTracking]
[Alias("GrainKeeper.PinnedPlacement")]
public sealed class PinnedPlacement : PlacementStrategy
{
    /// <inheritdoc/>
    public override bool IsUsingGrainDirectory => false;
}

using GrainKeeper.Contracts;

namespace GrainKeeper.Grains.Placement;

/// <summary>Places a grain on the silo whose server leads a tree.</summary>
[Serializable]
[GenerateSerializer]
[Immutable]
[SuppressReferenceTracking]
[Alias("GrainKeeper.LeaderPlacement")]
public sealed class LeaderPlacement : PlacementStrategy
{
    /// <summary>The tree.</summary>
    [Id(0)]
    public string Tree { get; init; } = TreeName.Root;

    /// <inheritdoc/>
    public override bool IsUsingGrainDirectory => false;
}

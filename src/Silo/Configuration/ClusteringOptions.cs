namespace GrainKeeper.Silo.Configuration;

/// <summary>The choice of Orleans membership.</summary>
/// <param name="Kind">Where it is kept.</param>
/// <param name="ConnectionString">How to reach the store; null for <see cref="ClusteringKind.Static"/>. A secret: it may contain a password.</param>
public sealed record ClusteringOptions(ClusteringKind Kind, string? ConnectionString = null)
{
    /// <summary>Names the kind only.</summary>
    public override string ToString() => Kind.ToString();
}

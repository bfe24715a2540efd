namespace GrainKeeper.Client.Bulk;

/// <summary>How far a bulk load has come.</summary>
/// <param name="Created">Nodes created.</param>
/// <param name="Skipped">Nodes that were there already and were left as they are.</param>
/// <param name="LastPath">The last node of the batch that was done last; null before the first.</param>
public sealed record BulkLoadProgress(long Created, long Skipped, string? LastPath)
{
    /// <summary>Nodes that were there already and were given other data or another ACL: see <see cref="ExistingNodes.Replace"/>.</summary>
    public long Replaced { get; init; }
}

namespace GrainKeeper.Core.Tree;

/// <summary>What a subtree with a quota holds.</summary>
/// <param name="Count">Nodes, its top included.</param>
/// <param name="Bytes">Bytes of their data.</param>
public readonly record struct QuotaUsage(long Count, long Bytes)
{
    /// <summary>Together with another.</summary>
    public QuotaUsage Plus(long count, long bytes) => new(Count + count, Bytes + bytes);

    /// <summary>As <c>zookeeper_stats</c> nodes hold it.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"count={Count},bytes={Bytes}");
}

using GrainKeeper.Client;
using GrainKeeper.Client.Bulk;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Console.Transfer;

/// <summary>A line of an export: one node.</summary>
/// <param name="Path">From the exported node on, which is <c>/</c> itself.</param>
/// <param name="Data">The data; left out when there are none.</param>
/// <param name="Acl">The ACL; left out when everybody may do everything.</param>
/// <param name="Kind"><see cref="Container"/> or <see cref="Ttl"/>; left out of persistent nodes.</param>
/// <param name="TtlMs">Of a TTL node: how long after its last change it lives without children.</param>
internal sealed record ExportNode(string Path, ReadOnlyMemory<byte>? Data, IReadOnlyList<ExportAcl>? Acl, string? Kind, long? TtlMs)
{
    private const string Container = "container";
    private const string Ttl = "ttl";
    private const long LongestTtl = (1L << 40) - 1;

    internal static ExportNode Of(string path, NodeDetails node) => new(
        path,
        node.Data.IsEmpty ? (ReadOnlyMemory<byte>?)null : node.Data,
        node.Acl.Equals(AclList.Open) ? null : [.. node.Acl.Select(ExportAcl.Of)],
        node.Kind switch { NodeKind.Container => Container, NodeKind.Ttl => Ttl, _ => null },
        (long?)node.TimeToLive?.TotalMilliseconds);

    /// <summary>Makes the node that is to be created.</summary>
    /// <param name="path">Where.</param>
    /// <param name="persistent">Whether it is to be persistent, whatever its kind.</param>
    /// <exception cref="FormatException">The line names permissions or a kind that there are not, or a time that cannot be.</exception>
    internal BulkNode ToNode(string path, bool persistent)
    {
        try
        {
            var (kind, timeToLive) = ReadKind();
            return new BulkNode(path, Data ?? default, Acl is null ? null : new AclList(Acl.Select(a => a.ToEntry())), persistent ? NodeKind.Persistent : kind, persistent ? null : timeToLive);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new FormatException($"node {Path}: {e.Message}");
        }
    }

    private (NodeKind Kind, TimeSpan? TimeToLive) ReadKind() => (Kind, TtlMs) switch
    {
        (null, null) => (NodeKind.Persistent, null),
        (Container, null) => (NodeKind.Container, null),
        (Ttl, > 0 and <= LongestTtl and var ms) => (NodeKind.Ttl, TimeSpan.FromMilliseconds(ms)),
        _ => throw new FormatException($"kind '{Kind}' with ttlMs '{TtlMs}' is none: write no kind, '{Container}', or '{Ttl}' with 1 to {LongestTtl} ms"),
    };
}

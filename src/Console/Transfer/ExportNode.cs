using GrainKeeper.Core.Tree;

namespace GrainKeeper.Console.Transfer;

/// <summary>A line of an export: one node.</summary>
/// <param name="Path">From the exported node on, which is <c>/</c> itself.</param>
/// <param name="Data">The data; left out when there are none.</param>
/// <param name="Acl">The ACL; left out when everybody may do everything.</param>
internal sealed record ExportNode(string Path, ReadOnlyMemory<byte>? Data, IReadOnlyList<ExportAcl>? Acl)
{
    /// <summary>The bytes; none for a node without data.</summary>
    internal ReadOnlyMemory<byte> Bytes => Data ?? default;

    /// <summary>Makes the ACL that a node is to have.</summary>
    /// <exception cref="FormatException">It names permissions that there are not.</exception>
    internal AclList ToAcl() => Acl is null ? AclList.Open : new AclList(Acl.Select(a => a.ToEntry()));

    internal static ExportNode Of(string path, ReadOnlyMemory<byte> data, AclList acl) =>
        new(path, data.IsEmpty ? null : data, acl.Equals(AclList.Open) ? null : [.. acl.Select(ExportAcl.Of)]);
}

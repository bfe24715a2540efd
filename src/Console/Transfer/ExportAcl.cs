using GrainKeeper.Core.Tree;

namespace GrainKeeper.Console.Transfer;

/// <summary>An entry of an ACL.</summary>
/// <param name="Perms">Letters as ZooKeeper's tools write them: c d r w a.</param>
/// <param name="Scheme">The scheme.</param>
/// <param name="Id">The identity; of the scheme <c>digest</c> with the hash, never a password.</param>
internal sealed record ExportAcl(string Perms, string Scheme, string Id)
{
    private static readonly (char Letter, Permissions Permission)[] _letters =
        [('c', Permissions.Create), ('d', Permissions.Delete), ('r', Permissions.Read), ('w', Permissions.Write), ('a', Permissions.Admin)];

    internal static ExportAcl Of(AclEntry entry) =>
        new(string.Concat(_letters.Where(l => entry.Permissions.HasFlag(l.Permission)).Select(l => l.Letter)), entry.Scheme, entry.Id);

    internal AclEntry ToEntry()
    {
        var permissions = Permissions.None;
        foreach (var letter in Perms)
        {
            permissions |= Array.Find(_letters, l => l.Letter == letter) is { Permission: not Permissions.None } found
                ? found.Permission
                : throw new FormatException($"'{letter}' is no permission: write some of c, d, r, w, a");
        }

        return new AclEntry(permissions, Scheme, Id);
    }
}

using System.Globalization;
using GrainKeeper.Contracts;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Trees;

/// <summary>
/// Where trees keep their data: the root tree in <c>root</c>, another one in <c>NAME@CREATED</c> with the zxid of its creation in hexadecimal digits, so that a tree never
/// finds the data of an earlier one of its name. Data of deleted trees is moved to <c>.deleted</c> and left to the operator.
/// </summary>
internal static class TreeDirectories
{
    /// <summary>Where the data of deleted trees goes.</summary>
    public const string Deleted = ".deleted";

    /// <summary>The directory of a tree.</summary>
    public static string Of(string dataDirectory, string tree, Zxid created) =>
        Path.Combine(dataDirectory, tree == TreeName.Root ? tree : string.Create(CultureInfo.InvariantCulture, $"{tree}@{created.Value:x}"));

    /// <summary>The directories of trees other than the root tree.</summary>
    public static IReadOnlyList<string> Find(string dataDirectory) => Directory.Exists(dataDirectory)
        ? [.. Directory.EnumerateDirectories(dataDirectory).Where(d => IsTree(Path.GetFileName(d))).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Moves a deleted tree's directory aside.</summary>
    /// <returns>Where to; null when there is no such directory.</returns>
    public static string? SetAside(string dataDirectory, string directory)
    {
        if (!Directory.Exists(directory))
        {
            return null;
        }

        var target = Path.Combine(dataDirectory, Deleted, string.Create(
            CultureInfo.InvariantCulture, $"{Path.GetFileName(directory)}-{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}"));
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        Directory.Move(directory, target);
        return target;
    }

    private static bool IsTree(string name)
    {
        var at = name.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && TreeName.IsValid(name[..at]) && long.TryParse(name.AsSpan(at + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _);
    }
}

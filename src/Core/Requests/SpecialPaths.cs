namespace GrainKeeper.Core.Requests;

/// <summary>Paths that the servers themselves rely on.</summary>
internal static class SpecialPaths
{
    /// <summary>The tree that lists the others.</summary>
    public const string RootTree = "root";

    /// <summary>Longest name of a tree.</summary>
    public const int LongestTreeName = 63;

    /// <summary>The parent of the nodes that list the ensemble's trees.</summary>
    public static ReadOnlySpan<byte> Trees => "/zookeeper/trees"u8;

    /// <summary>The node that holds the server list.</summary>
    public static ReadOnlySpan<byte> Config => "/zookeeper/config"u8;

    /// <summary>Whether the node may never be deleted.</summary>
    public static bool IsPermanent(ReadOnlySpan<byte> path) =>
        path.SequenceEqual("/"u8) || path.SequenceEqual("/zookeeper"u8) || path.SequenceEqual("/zookeeper/quota"u8)
        || path.SequenceEqual(Config) || path.SequenceEqual(Trees);

    /// <summary>Whether the node lists a tree: a child of <see cref="Trees"/>.</summary>
    public static bool IsTree(ReadOnlySpan<byte> path) =>
        path.Length > Trees.Length + 1 && path[Trees.Length] == (byte)'/' && path.StartsWith(Trees) && !path[(Trees.Length + 1)..].Contains((byte)'/');

    /// <summary>Whether a tree may have this name: 1 to 63 of a-z, 0-9, '-', '_' and '.', beginning with a letter or digit, and not <c>root</c>.</summary>
    public static bool IsTreeName(ReadOnlySpan<byte> name)
    {
        foreach (var b in name)
        {
            if (!IsLetterOrDigit(b) && b is not ((byte)'-' or (byte)'_' or (byte)'.'))
            {
                return false;
            }
        }

        return name.Length is >= 1 and <= LongestTreeName && IsLetterOrDigit(name[0]) && !name.SequenceEqual("root"u8);
    }

    private static bool IsLetterOrDigit(byte b) => b is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9');
}

using System.Globalization;

namespace GrainKeeper.Differential.Tests.Workload;

/// <summary>Paths below a seed's root: few, so that requests meet; some malformed.</summary>
internal sealed class Paths(Random random, string root)
{
    private static readonly string[] Names = ["a", "b", "c"];
    private static readonly string[] OddNames = ["é", "日本", "a b", "%", ".a", "..a", "a.", "quota", new string('n', 300)];
    private static readonly string[] BadNames = [".", "..", "", "\0", "\u0001", "\u001f", "\u007f", "\u009f", "\ud83d\ude00", "\ue000", "\uf8ff", "\ufff0", "\uffff", "\ufffd"];

    /// <summary>The modes of watches; numbers as addWatch has them.</summary>
    internal enum WatchMode
    {
        Standard = -1,
        Persistent = 0,
        Recursive = 1,
    }

    public string Root => root;

    /// <summary>A path; its node may be there or not.</summary>
    public string Any()
    {
        var dice = random.Next(100);
        return dice switch
        {
            < 82 => Good(),
            < 88 => Sequential(),
            < 92 => root + "/" + Pick(OddNames),
            < 95 => Special(),
            _ => Bad(),
        };
    }

    /// <summary>
    /// What watches of a path may be set: ZooKeeper 3.8 keeps only the last mode of a client's watches on a path (ZOOKEEPER-4466), so each path has one.
    /// </summary>
    public WatchMode ModeOf(string path)
    {
        var sum = path.StartsWith(root, StringComparison.Ordinal) ? path[root.Length..].Sum(c => c) + path.Length - root.Length : 0;
        return (sum % 5) switch { 3 => WatchMode.Persistent, 4 => WatchMode.Recursive, _ => WatchMode.Standard };
    }

    /// <summary>A path on which watches of a mode may be set.</summary>
    public string ToWatch(WatchMode mode)
    {
        while (true)
        {
            var path = random.Next(20) == 0 ? AnyToRead() : Good();
            if (ModeOf(path) == mode)
            {
                return path;
            }
        }
    }

    public string Good()
    {
        var path = root;
        for (var depth = random.Next(10) switch { 0 => 0, < 6 => 1, < 9 => 2, _ => 3 }; depth > 0; depth--)
        {
            path += "/" + Pick(Names);
        }

        return path;
    }

    /// <summary>A path to delete or to check: there is a node more of ours below /zookeeper, which other answers about it would show.</summary>
    public string AnyOrSystem() => random.Next(50) == 0 ? "/zookeeper" : Any();

    /// <summary>A path that an answer may repeat: ZooKeeper writes surrogates as no UTF-8 has them, and finds the root under an empty path too.</summary>
    public string AnyToRead() => Any() is { Length: > 0 } path && !path.Any(char.IsSurrogate) ? path : root;

    private string Sequential() => $"{root}/{Pick(Names)}{random.Next(12).ToString("D10", CultureInfo.InvariantCulture)}";

    /// <summary>Nodes that the servers make themselves, and near misses.</summary>
    private string Special() => Pick(["/", "/zookeeper/config", "/zookeeper/quota", "/zookeeper/none/below"]);

    private string Bad() => random.Next(8) switch
    {
        0 => string.Empty,
        1 => root + "/",
        2 => root[1..],
        3 => "/" + root,
        4 => root + "//a",
        5 => root + "/" + Pick(BadNames) + "/a",
        _ => root + "/" + Pick(BadNames),
    };

    private string Pick(string[] from) => from[random.Next(from.Length)];
}

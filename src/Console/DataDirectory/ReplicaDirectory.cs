using GrainKeeper.Console.Commands;
using GrainKeeper.Contracts;

namespace GrainKeeper.Console.DataDirectory;

/// <summary>Finds a tree's directory on a server.</summary>
internal static class ReplicaDirectory
{
    /// <summary>The directory itself if it holds a log, else that of the tree in a server's data directory.</summary>
    /// <exception cref="UsageException">There is none; the message says what there is.</exception>
    internal static string Find(string directory, string tree)
    {
        if (!Directory.Exists(directory))
        {
            throw new UsageException($"there is no directory {directory}: give a server's dataDir, or a tree's directory in it, for example dataDir/trees/root");
        }

        if (File.Exists(Path.Combine(directory, "server")) || Directory.EnumerateFiles(directory, "log.*").Any())
        {
            return directory;
        }

        var trees = Path.Combine(directory, "trees");
        trees = Directory.Exists(trees) ? trees : directory;
        TreeName.Require(tree);
        var names = Directory.EnumerateDirectories(trees).Select(d => Path.GetFileName(d)).Where(n => n[0] != '.').Order(StringComparer.Ordinal).ToList();

        // A tree that was deleted and created again has its directory under the later mark.
        return names.LastOrDefault(n => n == tree || n.StartsWith(tree + "@", StringComparison.Ordinal)) is { } found
            ? Path.Combine(trees, found)
            : throw new UsageException(names.Count == 0
                ? $"{directory} holds no log: give a server's dataDir, or a tree's directory in it, for example dataDir/trees/root"
                : $"{trees} holds no tree '{tree}', but {string.Join(", ", names.Take(20))}: name one with --tree");
    }
}

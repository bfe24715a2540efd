using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Tree;
using GrainKeeper.Storage;

namespace GrainKeeper.Grains.Import;

/// <summary>Makes the data directory of a server from that of a stopped ZooKeeper server, 3.4 to 3.8. See docs/import.md.</summary>
public static class ZooKeeperImport
{
    /// <summary>The last epoch that ZooKeeper may have reached: the ensemble needs some of its own.</summary>
    private const int LastEpoch = int.MaxValue - 1_000_000;

    private static readonly string[] OwnNodes = ["/zookeeper/config", "/zookeeper/trees"];

    /// <summary>Reads, writes, and reads back. Reads the source only.</summary>
    /// <param name="from">ZooKeeper's dataDir, or the version-2 in it.</param>
    /// <param name="logDirectory">Its dataLogDir; null when it is the same.</param>
    /// <param name="directory">The new server's dataDir (dataLogDir when it has one): missing, or empty but for myid.</param>
    /// <param name="clusterId">The ensemble's name.</param>
    /// <param name="server">The server whose directory it becomes.</param>
    /// <exception cref="ImportException">The source is damaged or incomplete, or the target is not empty.</exception>
    /// <exception cref="StorageException">The disk refuses.</exception>
    /// <exception cref="ArgumentException">The name or the number of the server is out of range.</exception>
    public static async Task<ImportReport> RunAsync(string from, string? logDirectory, string directory, string clusterId, ServerId server)
    {
        var options = new StorageOptions { Directory = directory, ClusterId = clusterId, Server = server };
        options.Validate();
        ImportTarget.CheckEmpty(directory);
        var source = new ZooKeeperDirectory(from, logDirectory);
        var imported = source.Load();
        if (source.Last.Value < 0 || source.Last.Epoch.Value > LastEpoch)
        {
            throw new ImportException($"zxid {source.Last} is of an epoch above {LastEpoch}: it cannot be counted on from there");
        }

        // A ZooKeeper ensemble that has begun an epoch stands at its counter 0, with no transaction in it. Here every zxid but 0 names a transaction, and a
        // server whose history ends at none would be refused by the leader; so the import itself counts as the first of that epoch.
        var last = source.Last.Counter == 0 && source.Last != Zxid.Zero ? source.Last.Next() : source.Last;
        var warnings = new List<string>(source.Warnings);
        var tree = Build(imported, last, warnings, out var ephemerals);

        // An ensemble that has begun the next epoch, without a transaction in it: no zxid of ZooKeeper can come again.
        var epoch = last.Epoch.Next();
        await ImportTarget.WriteAsync(directory, options, ReplicaState.Of(tree), epoch);
        return new ImportReport(source.Last, epoch, tree.Count, source.Replayed, imported.Sessions.Count, ephemerals, warnings);
    }

    private static DataTree Build(ImportedTree imported, Zxid last, List<string> warnings, out int ephemerals)
    {
        var builder = new TreeBuilder();
        var kept = new HashSet<string>(StringComparer.Ordinal) { "/" };
        ephemerals = 0;
        var orphans = new List<string>();

        // In this order parents come before their children.
        foreach (var (path, node) in imported.Nodes.OrderBy(n => n.Key, StringComparer.Ordinal))
        {
            if (node.Owner.Kind == NodeKind.Ephemeral)
            {
                ephemerals++;
            }
            else if (IsOwn(path))
            {
                NoteOwn(path, warnings);
            }
            else if (!kept.Contains(ImportedTree.ParentOf(path)))
            {
                CheckParent(imported, path);
                orphans.Add(path);
            }
            else
            {
                kept.Add(path);
                builder.Add(
                    Encoding.UTF8.GetBytes(path), node.Data, node.Acl, node.Owner.Kind, node.Owner.Kind == NodeKind.Ttl ? node.Owner.Value : 0, node.Numbers);
            }
        }

        if (orphans.Count > 0)
        {
            warnings.Add($"{orphans.Count} nodes whose parents are not there are left out, {orphans[0]} the first");
        }

        if (!kept.Contains("/zookeeper") || !kept.Contains("/zookeeper/quota"))
        {
            throw new ImportException("the tree has no /zookeeper/quota, which every ZooKeeper server has: the directory is not that of a server");
        }

        builder.AddOwnNodes();
        return builder.Complete(last);
    }

    private static bool IsOwn(string path) =>
        OwnNodes.Any(own => path.StartsWith(own, StringComparison.Ordinal) && (path.Length == own.Length || path[own.Length] == '/'));

    private static void NoteOwn(string path, List<string> warnings)
    {
        if (path != OwnNodes[0])
        {
            warnings.Add($"{path} is left out: GrainKeeper keeps a node of its own there");
        }
    }

    private static void CheckParent(ImportedTree imported, string path)
    {
        var parent = ImportedTree.ParentOf(path);
        if (imported.Nodes.TryGetValue(parent, out var node) && node.Owner.Kind == NodeKind.Ephemeral)
        {
            throw new ImportException(
                $"{parent} seems to be an ephemeral node of session 0x{node.Owner.Value:x}, but has children: it is a TTL node in the notation of ZooKeeper 3.5.3 " +
                "(emulate353TTLNodes), which is not read. Create such nodes anew with ZooKeeper 3.5.4 or later, then import");
        }
    }
}

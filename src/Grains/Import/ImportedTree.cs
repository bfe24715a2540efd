using GrainKeeper.Core.Tree;

namespace GrainKeeper.Grains.Import;

/// <summary>
/// The nodes and sessions of a ZooKeeper server while its files are read. A snapshot is fuzzy: what the log says after it may be in it
/// already. Every change therefore sets the values it names, whatever is there, and a node that is missing is left to the later change that
/// made it vanish. At the end of the log the state is exact, see docs/tree.md.
/// </summary>
internal sealed class ImportedTree
{
    private readonly Dictionary<long, HashSet<string>> _ephemerals = [];

    /// <summary>All nodes by path, <c>/</c> included.</summary>
    public Dictionary<string, ImportedNode> Nodes { get; } = new(StringComparer.Ordinal);

    /// <summary>The open sessions.</summary>
    public HashSet<long> Sessions { get; } = [];

    /// <summary>The greatest zxid that any node names.</summary>
    public long NewestZxid { get; private set; }

    /// <summary>A server's state before its first transaction.</summary>
    public static ImportedTree Empty()
    {
        var tree = new ImportedTree();
        foreach (var path in new[] { "/", "/zookeeper", "/zookeeper/quota" })
        {
            tree.Set(path, new ImportedNode { Data = [] });
        }

        return tree;
    }

    public static string ParentOf(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "/";

    /// <summary>Puts a node there, with all its values.</summary>
    public void Set(string path, ImportedNode node)
    {
        Remove(path);
        Nodes.Add(path, node);
        NewestZxid = Math.Max(NewestZxid, Math.Max(node.Numbers.Czxid, Math.Max(node.Numbers.Mzxid, node.Numbers.Pzxid)));
        if (node.Owner.Kind == NodeKind.Ephemeral)
        {
            if (!_ephemerals.TryGetValue(node.Owner.Value, out var paths))
            {
                _ephemerals[node.Owner.Value] = paths = new HashSet<string>(StringComparer.Ordinal);
            }

            paths.Add(path);
        }
    }

    /// <param name="zxid">The transaction.</param>
    /// <param name="time">Its time.</param>
    /// <param name="path">The node.</param>
    /// <param name="node">Its data, ACL and owner.</param>
    /// <param name="parentCVersion">How many children its parent ever had, this one included; −1 in old logs, which leave it to be counted.</param>
    public void Create(long zxid, long time, string path, ImportedNode node, int parentCVersion)
    {
        if (!Nodes.TryGetValue(ParentOf(path), out var parent))
        {
            return;
        }

        var exists = Nodes.ContainsKey(path);
        node.Numbers = new NodeNumbers(zxid, zxid, zxid, time, time, 0, 0, 0);
        Set(path, node);
        var count = parentCVersion != -1 ? parentCVersion : exists ? parent.Numbers.CVersion : parent.Numbers.CVersion + 1;
        if (count > parent.Numbers.CVersion)
        {
            parent.Numbers = parent.Numbers with { CVersion = count, Pzxid = Math.Max(zxid, parent.Numbers.Pzxid) };
        }
    }

    public void Delete(long zxid, string path)
    {
        // The parent's pzxid moves even if the copy was taken when the node was gone already.
        if (Nodes.TryGetValue(ParentOf(path), out var parent) && zxid > parent.Numbers.Pzxid)
        {
            parent.Numbers = parent.Numbers with { Pzxid = zxid };
        }

        Remove(path);
    }

    public void SetData(long zxid, long time, string path, byte[]? data, int version)
    {
        if (Nodes.TryGetValue(path, out var node))
        {
            node.Data = data;
            node.Numbers = node.Numbers with { Mzxid = zxid, Mtime = time, Version = version };
        }
    }

    public void SetAcl(string path, AclList acl, int version)
    {
        if (Nodes.TryGetValue(path, out var node))
        {
            node.Acl = acl;
            node.Numbers = node.Numbers with { AVersion = version };
        }
    }

    public void CloseSession(long zxid, long session, IEnumerable<string> paths)
    {
        Sessions.Remove(session);
        var owned = _ephemerals.TryGetValue(session, out var set) ? set.ToArray() : [];
        foreach (var path in paths.Concat(owned).Distinct(StringComparer.Ordinal).ToList())
        {
            Delete(zxid, path);
        }
    }

    private void Remove(string path)
    {
        if (Nodes.Remove(path, out var node) && node.Owner.Kind == NodeKind.Ephemeral && _ephemerals.TryGetValue(node.Owner.Value, out var paths)
            && paths.Remove(path) && paths.Count == 0)
        {
            _ephemerals.Remove(node.Owner.Value);
        }
    }
}

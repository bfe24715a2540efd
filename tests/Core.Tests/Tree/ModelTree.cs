using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Tree;

/// <summary>The tree written as plainly as possible, after ZooKeeper's DataTree and DataNode: one record per path, children found by searching.</summary>
internal sealed class ModelTree
{
    private readonly SortedDictionary<string, Node> _nodes = new(StringComparer.Ordinal);

    public ModelTree()
    {
        _nodes["/"] = new Node { Acl = AclList.Open, Data = [] };
        _nodes["/zookeeper"] = new Node { Acl = AclList.Open, Data = [] };
        _nodes["/zookeeper/quota"] = new Node { Acl = AclList.Open, Data = [] };
        _nodes["/zookeeper/config"] = new Node { Acl = AclList.ReadOnly, Data = [], AVersion = -1 };
        _nodes["/zookeeper/trees"] = new Node { Acl = AclList.ReadOnly, Data = [] };
    }

    public IEnumerable<string> Paths => _nodes.Keys;

    public long DataBytes => _nodes.Sum(n => (long)Encoding.UTF8.GetByteCount(n.Key) + (n.Value.Data?.Length ?? 0));

    public int Descendants(string path) => _nodes.Keys.Count(p => p != "/" && p.StartsWith(path == "/" ? "/" : path + "/", StringComparison.Ordinal));

    public void Apply(Zxid zxid, byte[] payload)
    {
        var reader = new TxnReader(payload);
        while (reader.MoveNext(out var operation))
        {
            Apply(zxid.Value, reader.Header, operation);
        }
    }

    public override string ToString() => string.Join('\n', _nodes.Select(n =>
    {
        var (path, node) = n;
        var children = ChildCount(path);
        var owner = node.Kind == NodeKind.Ephemeral ? node.Lifetime : 0;
        var stat = new Stat(
            node.Czxid, node.Mzxid, node.Ctime, node.Mtime, node.Version, (node.Creates * 2) - children, node.AVersion, owner,
            node.Data?.Length ?? 0, children, node.Pzxid);
        var data = node.Data is null ? "null" : Convert.ToHexString(node.Data);
        return $"{path} {stat} internal {node.Creates} {node.Kind} {owner:x} {(node.Kind == NodeKind.Ttl ? node.Lifetime : 0)} {node.Acl} {data}";
    }));

    private static string ParentOf(string path) => path.LastIndexOf('/') is var slash && slash == 0 ? "/" : path[..slash];

    private int ChildCount(string path) => _nodes.Keys.Count(p => p != "/" && ParentOf(p) == path);

    private void Apply(long zxid, TxnHeader header, TxnOperation operation)
    {
        var path = Encoding.UTF8.GetString(operation.Path);
        switch (operation.Type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                _nodes.Add(path, new Node
                {
                    Acl = AclList.Decode(operation.Acl),
                    Data = operation.DataIsNull ? null : operation.Data.ToArray(),
                    Kind = operation.Kind,
                    Lifetime = operation.Lifetime,
                    Czxid = zxid,
                    Mzxid = zxid,
                    Pzxid = zxid,
                    Ctime = header.Time,
                    Mtime = header.Time,
                });
                _nodes[ParentOf(path)].Creates++;
                _nodes[ParentOf(path)].Pzxid = zxid;
                break;
            case OpCode.Delete or OpCode.DeleteContainer:
                Delete(path, zxid);
                break;
            case OpCode.SetData:
                _nodes[path].Data = operation.DataIsNull ? null : operation.Data.ToArray();
                _nodes[path].Version++;
                _nodes[path].Mzxid = zxid;
                _nodes[path].Mtime = header.Time;
                break;
            case OpCode.SetAcl:
                _nodes[path].Acl = AclList.Decode(operation.Acl);
                _nodes[path].AVersion++;
                break;
            case OpCode.CloseSession:
                foreach (var owned in _nodes.Where(n => n.Value.Kind == NodeKind.Ephemeral && n.Value.Lifetime == header.SessionId).Select(n => n.Key).ToList())
                {
                    Delete(owned, zxid);
                }

                break;
            default:
                break;
        }
    }

    private void Delete(string path, long zxid)
    {
        Assert.True(_nodes.Remove(path));
        _nodes[ParentOf(path)].Pzxid = zxid;
    }

    private sealed class Node
    {
        public AclList Acl = AclList.Open;
        public byte[]? Data;
        public NodeKind Kind;
        public long Lifetime;
        public long Czxid;
        public long Mzxid;
        public long Pzxid;
        public long Ctime;
        public long Mtime;
        public int Version;
        public int Creates;
        public int AVersion;
    }
}

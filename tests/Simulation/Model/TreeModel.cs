using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Simulation.Checking;
using GrainKeeper.Simulation.Clients;

namespace GrainKeeper.Simulation.Model;

/// <summary>
/// ZooKeeper's tree in its simplest form: what the committed sequence must lead to. It remembers every past state, so that a read can be judged by the
/// zxid in its reply, and every change, so that watches can be judged.
/// </summary>
public sealed class TreeModel
{
    private readonly SortedDictionary<string, ModelNode> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(Zxid Zxid, ModelNode? Node)>> _past = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<NodeChange>> _dataChanges = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<NodeChange>> _childChanges = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, ModelSession> _sessions = [];
    private readonly List<(string Path, ModelNode? Before)> _undo = [];

    /// <summary>The tree that a new ensemble begins with.</summary>
    public TreeModel()
    {
        foreach (var path in new[] { "/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota", "/zookeeper/trees" })
        {
            _nodes[path] = new ModelNode();
        }

        foreach (var path in _nodes.Keys.ToArray())
        {
            if (path != "/")
            {
                Put(Parent(path), Child(_nodes[Parent(path)], path, add: true));
            }
        }

        Keep(Zxid.Zero, []);
    }

    /// <summary>The last transaction in it.</summary>
    public Zxid Last { get; private set; }

    /// <summary>All nodes by path.</summary>
    public IReadOnlyDictionary<string, ModelNode> Nodes => _nodes;

    /// <summary>All sessions there ever were.</summary>
    public IReadOnlyDictionary<long, ModelSession> Sessions => _sessions;

    /// <summary>The node at a path, if there is one.</summary>
    public ModelNode? Find(string path) => _nodes.GetValueOrDefault(path);

    /// <summary>The node at a path after a transaction of the past.</summary>
    public ModelNode? FindAt(string path, Zxid zxid)
    {
        if (!_past.TryGetValue(path, out var past))
        {
            return null;
        }

        for (var i = past.Count - 1; i >= 0; i--)
        {
            if (past[i].Zxid <= zxid)
            {
                return past[i].Node;
            }
        }

        return null;
    }

    /// <summary>What a server's state must say.</summary>
    public IEnumerable<StateFact> Facts() =>
        [
            .. _nodes.Where(n => !StateFact.IsOwn(n.Key)).Select(n => new StateFact(n.Key, n.Value.Stat, n.Value.Value)),
            .. _sessions.Where(s => s.Value.Closed is null).Select(s => StateFact.OfSession(s.Key, s.Value.Timeout)),
        ];

    /// <summary>The first change of a node's data or existence after a zxid.</summary>
    public NodeChange? FirstDataChange(string path, Zxid after) => First(_dataChanges, path, after);

    /// <summary>The first change of a node's children, or its deletion, after a zxid.</summary>
    public NodeChange? FirstChildChange(string path, Zxid after) => First(_childChanges, path, after);

    /// <summary>The paths that a session owns, in order.</summary>
    public IReadOnlyList<string> OwnedBy(long session) => [.. _nodes.Where(n => n.Value.Owner == session).Select(n => n.Key)];

    /// <summary>Puts a session in.</summary>
    public void OpenSession(Zxid zxid, long session, int timeout)
    {
        if (!_sessions.TryAdd(session, new ModelSession(timeout, zxid, null)))
        {
            throw new PropertyViolatedException("session created once", $"session {session:x} is created again at {zxid}");
        }

        Last = zxid;
    }

    /// <summary>Closes a session and deletes what it owns.</summary>
    /// <returns>The deleted paths, in order.</returns>
    public IReadOnlyList<string> CloseSession(Zxid zxid, long session)
    {
        if (_sessions.TryGetValue(session, out var open))
        {
            _sessions[session] = open with { Closed = open.Closed ?? zxid };
        }

        var changes = new List<(string, NodeChange)>();
        var owned = OwnedBy(session);
        foreach (var path in owned)
        {
            Remove(path, zxid, changes);
        }

        Commit(zxid, changes);
        return owned;
    }

    /// <summary>Carries out a request as the next transaction, all of it or nothing.</summary>
    public ModelResult Execute(Zxid zxid, long time, long session, ClientRequest request)
    {
        var parts = request.Type == OpCode.Multi ? request.Parts : [request];
        var results = new List<PartResult>();
        var creates = new List<int>();
        var changes = new List<(string, NodeChange)>();
        var error = ErrorCode.Ok;
        foreach (var part in parts)
        {
            var result = ExecutePart(zxid, time, session, part, changes);
            results.Add(result);
            creates.Add(result.Path is { } path ? _nodes[Parent(path)].Creates : 0);
            error = result.Error;
            if (error != ErrorCode.Ok)
            {
                break;
            }
        }

        if (error == ErrorCode.Ok)
        {
            Commit(zxid, changes);
            return new ModelResult(zxid, ErrorCode.Ok, results, creates);
        }

        Undo();
        Last = zxid;
        var failed = results.Count - 1;
        var told = parts.Select((_, i) => new PartResult(
            OpCode.Error,
            i < failed ? ErrorCode.Ok : i == failed ? error : ErrorCode.RuntimeInconsistency,
            null,
            null));
        return new ModelResult(zxid, error, [.. told], []);
    }

    /// <summary>A transaction that changes nothing.</summary>
    public void Skip(Zxid zxid) => Last = zxid;

    private static NodeChange? First(Dictionary<string, List<NodeChange>> changes, string path, Zxid after)
    {
        if (!changes.TryGetValue(path, out var all) || all[^1].Zxid <= after)
        {
            return null;
        }

        int low = 0, high = all.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (all[middle].Zxid <= after)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return all[low];
    }

    private static string Parent(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash == 0 ? "/" : path[..slash];
    }

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static ModelNode Child(ModelNode parent, string path, bool add) => parent with
    {
        Children = add ? parent.Children.Add(Name(path)) : parent.Children.Remove(Name(path)),
    };

    private PartResult ExecutePart(Zxid zxid, long time, long session, ClientRequest part, List<(string Path, NodeChange Change)> changes)
    {
        switch (part.Type)
        {
            case OpCode.Create or OpCode.Create2:
                return Create(zxid, time, session, part, changes);
            case OpCode.SetData:
            {
                var node = Find(part.Path);
                if (Refuse(part, node) is { } refusal)
                {
                    return refusal;
                }

                var set = node! with
                {
                    Value = part.Value,
                    DataLength = Frames.Data(part.Value).Length,
                    Mzxid = zxid.Value,
                    Mtime = time,
                    Version = node!.Version + 1,
                };
                Put(part.Path, set);
                changes.Add((part.Path, new NodeChange(zxid, WatchEventType.NodeDataChanged)));
                return new PartResult(part.Type, ErrorCode.Ok, null, set.Stat);
            }

            case OpCode.Delete:
            {
                var node = Find(part.Path);
                if (Refuse(part, node) is { } refusal)
                {
                    return refusal;
                }

                if (node!.Children.Count > 0)
                {
                    return Error(part, ErrorCode.NotEmpty);
                }

                Remove(part.Path, zxid, changes);
                return new PartResult(part.Type, ErrorCode.Ok, null, null);
            }

            case OpCode.Check:
                return Refuse(part, Find(part.Path)) ?? new PartResult(part.Type, ErrorCode.Ok, null, null);
            default:
                throw new InvalidOperationException($"the model knows no {part.Type}");
        }
    }

    private PartResult Create(Zxid zxid, long time, long session, ClientRequest part, List<(string Path, NodeChange Change)> changes)
    {
        var parentPath = Parent(part.Path);
        if (Find(parentPath) is not { } parent)
        {
            return Error(part, ErrorCode.NoNode);
        }

        var path = (part.Flags & 2) != 0 ? part.Path + parent.Creates.ToString("D10", System.Globalization.CultureInfo.InvariantCulture) : part.Path;
        if (Find(path) is not null)
        {
            return Error(part, ErrorCode.NodeExists);
        }

        if (parent.Owner != 0)
        {
            return Error(part, ErrorCode.NoChildrenForEphemerals);
        }

        var node = new ModelNode
        {
            Value = part.Value,
            DataLength = Frames.Data(part.Value).Length,
            Czxid = zxid.Value,
            Mzxid = zxid.Value,
            Pzxid = zxid.Value,
            Ctime = time,
            Mtime = time,
            Owner = (part.Flags & 1) != 0 ? session : 0,
        };
        Put(path, node);
        Put(parentPath, Child(parent, path, add: true) with { Creates = parent.Creates + 1, Pzxid = zxid.Value });
        changes.Add((path, new NodeChange(zxid, WatchEventType.NodeCreated)));
        changes.Add((parentPath, new NodeChange(zxid, WatchEventType.NodeChildrenChanged)));
        return new PartResult(part.Type, ErrorCode.Ok, path, part.Type == OpCode.Create2 ? node.Stat : null);
    }

    private void Remove(string path, Zxid zxid, List<(string Path, NodeChange Change)> changes)
    {
        var parent = Parent(path);
        Put(path, null);
        Put(parent, Child(_nodes[parent], path, add: false) with { Pzxid = zxid.Value });
        changes.Add((path, new NodeChange(zxid, WatchEventType.NodeDeleted)));
        changes.Add((parent, new NodeChange(zxid, WatchEventType.NodeChildrenChanged)));
    }

    private static PartResult? Refuse(ClientRequest part, ModelNode? node) => node is null
        ? Error(part, ErrorCode.NoNode)
        : part.Version != -1 && part.Version != node.Version
            ? Error(part, ErrorCode.BadVersion)
            : null;

    private static PartResult Error(ClientRequest part, ErrorCode code) => new(part.Type, code, null, null);

    private void Put(string path, ModelNode? node)
    {
        _undo.Add((path, Find(path)));
        if (node is null)
        {
            _nodes.Remove(path);
        }
        else
        {
            _nodes[path] = node;
        }
    }

    private void Undo()
    {
        for (var i = _undo.Count - 1; i >= 0; i--)
        {
            var (path, before) = _undo[i];
            if (before is null)
            {
                _nodes.Remove(path);
            }
            else
            {
                _nodes[path] = before;
            }
        }

        _undo.Clear();
    }

    private void Commit(Zxid zxid, List<(string Path, NodeChange Change)> changes)
    {
        Keep(zxid, changes);
        Last = zxid;
    }

    private void Keep(Zxid zxid, List<(string Path, NodeChange Change)> changes)
    {
        foreach (var (path, _) in _undo)
        {
            List(_past, path).Add((zxid, Find(path)));
        }

        _undo.Clear();
        foreach (var (path, change) in changes)
        {
            var ofChildren = change.Type is WatchEventType.NodeChildrenChanged;
            if (!ofChildren)
            {
                List(_dataChanges, path).Add(change);
            }

            if (ofChildren || change.Type == WatchEventType.NodeDeleted)
            {
                List(_childChanges, path).Add(change);
            }
        }
    }

    private static List<T> List<T>(Dictionary<string, List<T>> lists, string path)
    {
        if (!lists.TryGetValue(path, out var list))
        {
            lists.Add(path, list = []);
        }

        return list;
    }
}

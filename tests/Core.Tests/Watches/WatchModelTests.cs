using System.Globalization;
using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tests.Tree;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Core.Tests.Watches;

/// <summary>The manager against ZooKeeper's two watch tables, written plainly, over random histories.</summary>
public class WatchModelTests
{
    [Fact]
    public void Random_watches_and_changes_give_the_events_of_a_plain_model()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var tree = new DataTree();
            var history = new RandomHistory(seed, tree, names: 2, depth: 3);
            var sink = new WatchManagerTests.Sink();
            var watches = new WatchManager(sink);
            var model = new Model();
            for (var i = 0; i < 300; i++)
            {
                var watcher = random.Next(1, 5);
                var path = RandomPath(random);
                switch (random.Next(8))
                {
                    case < 4:
                        var kind = (WatchKind)(1 << random.Next(4));
                        Assert.Equal(model.Add(watcher, path, kind), watches.Add(watcher, TreeText.Utf8(path), kind) == WatchAddResult.Added);
                        break;
                    case 4:
                        var type = (WatcherType)random.Next(1, 6);
                        Assert.Equal(model.Remove(watcher, path, type), watches.Remove(watcher, TreeText.Utf8(path), type));
                        break;
                    case 5 when random.Next(5) == 0:
                        model.RemoveWatcher(watcher);
                        watches.RemoveWatcher(watcher);
                        break;
                    default:
                        var payload = history.Next();
                        var expected = new TreeEvents(model);
                        tree.Run(payload, new Both(expected, watches));
                        Assert.Equal(expected.Take(), sink.Take());
                        break;
                }

                Assert.Equal(model.Pairs, watches.Count);
                Assert.Equal(model.PathCount, watches.PathCount);
            }
        }
    }

    private static string RandomPath(Random random)
    {
        var path = string.Empty;
        for (var level = random.Next(4); level > 0; level--)
        {
            path += "/n" + random.Next(2).ToString(CultureInfo.InvariantCulture);
        }

        return path.Length == 0 ? "/" : path;
    }

    private sealed class Model
    {
        private readonly Dictionary<(long Watcher, string Path), WatchKind> _kinds = [];

        public int Pairs => _kinds.Count;

        public int PathCount => _kinds.Keys.Select(k => k.Path).Distinct().Count();

        public bool Add(long watcher, string path, WatchKind kind)
        {
            var had = _kinds.GetValueOrDefault((watcher, path));
            _kinds[(watcher, path)] = had | kind;
            return (had & kind) == 0;
        }

        public bool Remove(long watcher, string path, WatcherType type)
        {
            var kinds = type switch
            {
                WatcherType.Children => WatchKind.Child,
                WatcherType.Data => WatchKind.Data,
                WatcherType.Persistent => WatchKind.Persistent,
                WatcherType.PersistentRecursive => WatchKind.PersistentRecursive,
                _ => (WatchKind)15,
            };
            var had = _kinds.GetValueOrDefault((watcher, path));
            Set(watcher, path, had & ~kinds);
            return (had & kinds) != 0;
        }

        public void RemoveWatcher(long watcher)
        {
            foreach (var key in _kinds.Keys.Where(k => k.Watcher == watcher).ToList())
            {
                _kinds.Remove(key);
            }
        }

        /// <summary>WatchManager.triggerWatch on the table of data watches: the path itself, and recursive watches above it.</summary>
        public HashSet<long> TriggerData(string path)
        {
            var hit = new HashSet<long>();
            foreach (var ((watcher, watched), kinds) in _kinds.ToList())
            {
                if (watched == path && (kinds & (WatchKind.Data | WatchKind.Persistent | WatchKind.PersistentRecursive)) != 0)
                {
                    hit.Add(watcher);
                    Set(watcher, watched, kinds & ~WatchKind.Data);
                }
                else if ((kinds & WatchKind.PersistentRecursive) != 0 && path.StartsWith(watched == "/" ? "/" : watched + "/", StringComparison.Ordinal))
                {
                    hit.Add(watcher);
                }
            }

            return hit;
        }

        /// <summary>The same on the table of child watches.</summary>
        public HashSet<long> TriggerChild(string path)
        {
            var hit = new HashSet<long>();
            foreach (var ((watcher, watched), kinds) in _kinds.ToList())
            {
                if (watched == path && (kinds & (WatchKind.Child | WatchKind.Persistent)) != 0)
                {
                    hit.Add(watcher);
                    Set(watcher, watched, kinds & ~WatchKind.Child);
                }
            }

            return hit;
        }

        private void Set(long watcher, string path, WatchKind kinds)
        {
            if (kinds == WatchKind.None)
            {
                _kinds.Remove((watcher, path));
            }
            else
            {
                _kinds[(watcher, path)] = kinds;
            }
        }
    }

    /// <summary>The three sequences of triggers in DataTree: createNode, deleteNode, setData.</summary>
    private sealed class TreeEvents(Model model) : ITreeChangeListener
    {
        private readonly WatchManagerTests.Sink _events = new();

        public string[] Take() => _events.Take();

        public void NodeCreated(Zxid zxid, OpCode type, NodeRef node, NodeRef parent)
        {
            Say(model.TriggerData(Text(node.Path)), WatchEventType.NodeCreated, node.Path);
            Say(model.TriggerChild(Text(parent.Path)), WatchEventType.NodeChildrenChanged, parent.Path);
        }

        public void NodeDeleted(Zxid zxid, OpCode type, ReadOnlySpan<byte> path, AclList acl, NodeRef parent)
        {
            var data = model.TriggerData(Text(path));
            data.UnionWith(model.TriggerChild(Text(path)));
            Say(data, WatchEventType.NodeDeleted, path);
            Say(model.TriggerChild(Text(parent.Path)), WatchEventType.NodeChildrenChanged, parent.Path);
        }

        public void NodeDataChanged(Zxid zxid, OpCode type, NodeRef node) => Say(model.TriggerData(Text(node.Path)), WatchEventType.NodeDataChanged, node.Path);

        public void NodeAclChanged(Zxid zxid, NodeRef node)
        {
        }

        public void Checked(Zxid zxid, ReadOnlySpan<byte> path)
        {
        }

        public void Failed(Zxid zxid, ErrorCode code)
        {
        }

        private static string Text(ReadOnlySpan<byte> path) => Encoding.UTF8.GetString(path);

        private void Say(HashSet<long> watchers, WatchEventType what, ReadOnlySpan<byte> path)
        {
            foreach (var watcher in watchers)
            {
                _events.Add(watcher, what, path);
            }
        }
    }

    private sealed class Both(ITreeChangeListener first, ITreeChangeListener second) : ITreeChangeListener
    {
        public void NodeCreated(Zxid zxid, OpCode type, NodeRef node, NodeRef parent)
        {
            first.NodeCreated(zxid, type, node, parent);
            second.NodeCreated(zxid, type, node, parent);
        }

        public void NodeDeleted(Zxid zxid, OpCode type, ReadOnlySpan<byte> path, AclList acl, NodeRef parent)
        {
            first.NodeDeleted(zxid, type, path, acl, parent);
            second.NodeDeleted(zxid, type, path, acl, parent);
        }

        public void NodeDataChanged(Zxid zxid, OpCode type, NodeRef node)
        {
            first.NodeDataChanged(zxid, type, node);
            second.NodeDataChanged(zxid, type, node);
        }

        public void NodeAclChanged(Zxid zxid, NodeRef node) => second.NodeAclChanged(zxid, node);

        public void Checked(Zxid zxid, ReadOnlySpan<byte> path) => second.Checked(zxid, path);

        public void Failed(Zxid zxid, ErrorCode code) => second.Failed(zxid, code);
    }
}

using System.Globalization;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tests.Tree;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Core.Tests.Watches;

public class WatchManagerTests
{
    private readonly Sink _sink = new();
    private readonly DataTree _tree = new();
    private readonly WatchManager _watches;

    public WatchManagerTests()
    {
        _watches = new WatchManager(_sink);
        _tree.Run(Txns.Create(_tree, "/a", [1]));
        _tree.Run(Txns.Create(_tree, "/a/b", [1]));
    }

    [Fact]
    public void A_data_watch_hears_one_change_and_is_gone()
    {
        Add(1, "/a/b", WatchKind.Data);

        Assert.Equal(["1 NodeDataChanged /a/b"], After(Txns.SetData("/a/b", [2], 1)));
        Assert.Empty(After(Txns.SetData("/a/b", [2], 2)));
        AssertEmpty();
    }

    [Fact]
    public void A_change_of_the_ACL_is_no_event()
    {
        Add(1, "/a/b", WatchKind.Data);
        Add(2, "/a", WatchKind.PersistentRecursive);

        Assert.Empty(After(Txns.SetAcl("/a/b", AclList.ReadOnly, 1)));
        Assert.Equal(2, _watches.Count);
    }

    [Fact]
    public void A_watch_on_a_missing_node_hears_its_creation()
    {
        Add(1, "/a/new", WatchKind.Data);
        Add(2, "/a", WatchKind.Child);

        Assert.Equal(["1 NodeCreated /a/new", "2 NodeChildrenChanged /a"], After(Txns.Create(_tree, "/a/new")));
        AssertEmpty();
    }

    [Fact]
    public void A_child_watch_hears_nothing_of_data()
    {
        Add(1, "/a", WatchKind.Child);

        Assert.Empty(After(Txns.SetData("/a", [2], 1)));
        Assert.Empty(After(Txns.SetData("/a/b", [2], 1)));
        Assert.Equal(["1 NodeChildrenChanged /a"], After(Txns.Delete("/a/b")));
        AssertEmpty();
    }

    [Fact]
    public void A_deletion_reaches_each_connection_once_and_uses_up_data_and_child_watch()
    {
        Add(1, "/a/b", WatchKind.Data);
        Add(1, "/a/b", WatchKind.Child);
        Add(2, "/a/b", WatchKind.Child);
        Add(3, "/a", WatchKind.Child);
        Add(3, "/a", WatchKind.Data);

        Assert.Equal(
            ["1 NodeDeleted /a/b", "2 NodeDeleted /a/b", "3 NodeChildrenChanged /a"],
            After(Txns.Delete("/a/b")));
        Assert.True(Contains(3, "/a", WatcherType.Data));
        Assert.Equal(1, _watches.Count);
    }

    [Fact]
    public void A_persistent_watch_hears_everything_about_node_and_children_and_stays()
    {
        Add(1, "/a/b", WatchKind.Persistent);

        Assert.Equal(["1 NodeDataChanged /a/b"], After(Txns.SetData("/a/b", [2], 1)));
        Assert.Equal(["1 NodeChildrenChanged /a/b"], After(Txns.Create(_tree, "/a/b/c")));
        Assert.Empty(After(Txns.SetData("/a/b/c", [2], 1)));
        Assert.Equal(["1 NodeChildrenChanged /a/b"], After(Txns.Delete("/a/b/c")));
        Assert.Equal(["1 NodeDeleted /a/b"], After(Txns.Delete("/a/b")));
        Assert.Equal(["1 NodeCreated /a/b"], After(Txns.Create(_tree, "/a/b")));
        Assert.Equal(1, _watches.Count);
    }

    [Fact]
    public void A_recursive_watch_hears_of_all_below_and_never_of_children()
    {
        Add(1, "/a", WatchKind.PersistentRecursive);

        Assert.Equal(["1 NodeCreated /a/b/c"], After(Txns.Create(_tree, "/a/b/c")));
        Assert.Equal(["1 NodeDataChanged /a/b/c"], After(Txns.SetData("/a/b/c", [2], 1)));
        Assert.Equal(["1 NodeDataChanged /a"], After(Txns.SetData("/a", [2], 1)));
        Assert.Equal(["1 NodeDeleted /a/b/c"], After(Txns.Delete("/a/b/c")));
        Assert.Empty(After(Txns.Create(_tree, "/ab")));
        Assert.Empty(After(Txns.SetData("/", [2], 1)));
    }

    [Fact]
    public void A_recursive_watch_on_the_root_hears_of_all()
    {
        Add(1, "/", WatchKind.PersistentRecursive);

        Assert.Equal(["1 NodeCreated /x"], After(Txns.Create(_tree, "/x")));
        Assert.Equal(["1 NodeDataChanged /"], After(Txns.SetData("/", [2], 1)));
    }

    [Fact]
    public void Many_watches_of_one_connection_hit_by_one_change_give_one_event()
    {
        Add(1, "/", WatchKind.PersistentRecursive);
        Add(1, "/a", WatchKind.PersistentRecursive);
        Add(1, "/a/b", WatchKind.PersistentRecursive);
        Add(1, "/a/b", WatchKind.Persistent);
        Add(1, "/a/b", WatchKind.Data);
        Add(1, "/a/b", WatchKind.Child);

        Assert.Equal(["1 NodeDataChanged /a/b"], After(Txns.SetData("/a/b", [2], 1)));
        Assert.Equal(["1 NodeDeleted /a/b"], After(Txns.Delete("/a/b")));
        Assert.Equal(3, _watches.Count);
    }

    [Fact]
    public void A_persistent_watch_above_hears_of_children_besides_the_event_of_the_node()
    {
        Add(1, "/a", WatchKind.Persistent);
        Add(1, "/a", WatchKind.PersistentRecursive);

        Assert.Equal(["1 NodeCreated /a/x", "1 NodeChildrenChanged /a"], After(Txns.Create(_tree, "/a/x")));
    }

    [Fact]
    public void A_watcher_that_may_not_read_hears_nothing_but_its_watch_is_used_up()
    {
        var acl = new AclList([new AclEntry(Permissions.All, "digest", "bob:x")]);
        _tree.Run(Txns.SetAcl("/a/b", acl, 1));
        Add(1, "/a/b", WatchKind.Data);
        Add(2, "/a/b", WatchKind.Persistent);
        Add(3, "/a", WatchKind.PersistentRecursive);
        Add(4, "/a", WatchKind.Child);
        _sink.Readers[acl] = [3];

        Assert.Equal(["3 NodeDataChanged /a/b"], After(Txns.SetData("/a/b", [2], 1)));
        Assert.False(Contains(1, "/a/b", WatcherType.Any));
        Assert.Equal(["3 NodeDeleted /a/b", "4 NodeChildrenChanged /a"], After(Txns.Delete("/a/b")));
    }

    [Fact]
    public void Closing_a_session_is_a_deletion_of_each_of_its_nodes()
    {
        _tree.Run(Txns.Create(_tree, "/a/e1", kind: NodeKind.Ephemeral, lifetime: 5));
        _tree.Run(Txns.Create(_tree, "/a/e2", kind: NodeKind.Ephemeral, lifetime: 5));
        Add(1, "/a/e1", WatchKind.Data);
        Add(2, "/a", WatchKind.Child);
        Add(3, "/a", WatchKind.Persistent);

        Assert.Equal(
            ["1 NodeDeleted /a/e1", "2 NodeChildrenChanged /a", "3 NodeChildrenChanged /a", "3 NodeChildrenChanged /a"],
            After(Txns.CloseSession(5, "/a/e1", "/a/e2")));
    }

    [Fact]
    public void Watches_are_removed_by_type()
    {
        foreach (var kind in new[] { WatchKind.Data, WatchKind.Child, WatchKind.Persistent, WatchKind.PersistentRecursive })
        {
            Add(1, "/a", kind);
        }

        Assert.Equal(1, _watches.Count);
        Assert.True(Remove(1, "/a", WatcherType.Data));
        Assert.False(Remove(1, "/a", WatcherType.Data));
        Assert.False(Contains(1, "/a", WatcherType.Data));
        Assert.True(Contains(1, "/a", WatcherType.Children));
        Assert.True(Remove(1, "/a", WatcherType.Children));
        Assert.True(Remove(1, "/a", WatcherType.PersistentRecursive));
        Assert.True(Contains(1, "/a", WatcherType.Persistent));
        Assert.True(Contains(1, "/a", WatcherType.Any));
        Assert.False(Remove(2, "/a", WatcherType.Any));
        Assert.False(Remove(1, "/b", WatcherType.Any));
        Assert.True(Remove(1, "/a", WatcherType.Any));
        AssertEmpty();
    }

    [Fact]
    public void The_same_watch_twice_is_one_and_too_many_are_refused()
    {
        var bounded = new WatchManager(_sink, maxPerWatcher: 2);

        Assert.Equal(WatchAddResult.Added, bounded.Add(1, "/a"u8, WatchKind.Data));
        Assert.Equal(WatchAddResult.AlreadyThere, bounded.Add(1, "/a"u8, WatchKind.Data));
        Assert.Equal(WatchAddResult.Added, bounded.Add(1, "/a"u8, WatchKind.Child));
        Assert.Equal(WatchAddResult.Added, bounded.Add(1, "/b"u8, WatchKind.Data));
        Assert.Equal(WatchAddResult.LimitReached, bounded.Add(1, "/c"u8, WatchKind.Data));
        Assert.Equal(WatchAddResult.Added, bounded.Add(2, "/c"u8, WatchKind.Data));
        Assert.Equal((3, 3, 2, 2), (bounded.Count, bounded.PathCount, bounded.WatcherCount, bounded.CountOf(1)));
    }

    [Fact]
    public void A_connection_that_ends_takes_all_its_watches_with_it()
    {
        Add(1, "/a", WatchKind.PersistentRecursive);
        Add(1, "/a/b", WatchKind.Data);
        Add(1, "/missing", WatchKind.Data);
        Add(2, "/a/b", WatchKind.Data);

        _watches.RemoveWatcher(1);
        _watches.RemoveWatcher(1);
        _watches.RemoveWatcher(77);

        Assert.Equal((1, 1, 1), (_watches.Count, _watches.PathCount, _watches.WatcherCount));
        Assert.Equal(["2 NodeDataChanged /a/b"], After(Txns.SetData("/a/b", [2], 1)));
        AssertEmpty();
    }

    [Theory]
    [InlineData(ResumedWatch.Data, "/a", 9, "")]
    [InlineData(ResumedWatch.Data, "/a", 2, "")]
    [InlineData(ResumedWatch.Data, "/a", 0, "1 NodeDataChanged /a")]
    [InlineData(ResumedWatch.Data, "/none", 9, "1 NodeDeleted /none")]
    [InlineData(ResumedWatch.Exist, "/none", 0, "")]
    [InlineData(ResumedWatch.Exist, "/a", 9, "1 NodeCreated /a")]
    [InlineData(ResumedWatch.Child, "/a", 2, "")]
    [InlineData(ResumedWatch.Child, "/a", 1, "1 NodeChildrenChanged /a")]
    [InlineData(ResumedWatch.Child, "/none", 9, "1 NodeDeleted /none")]
    [InlineData(ResumedWatch.Persistent, "/a", 0, "")]
    [InlineData(ResumedWatch.PersistentRecursive, "/none", 0, "")]
    public void A_watch_taken_over_hears_at_once_what_it_missed_or_is_set(ResumedWatch kind, string path, int counter, string expected)
    {
        var result = _watches.Resume(_tree, 1, Zxid.Of(new Epoch(1), (uint)counter), TreeText.Utf8(path), kind);

        Assert.Equal(WatchAddResult.Added, result);
        Assert.Equal(expected.Length == 0 ? [] : [expected], _sink.Take());
        Assert.Equal(expected.Length == 0 ? 1 : 0, _watches.Count);
        var type = kind switch
        {
            ResumedWatch.Data or ResumedWatch.Exist => WatcherType.Data,
            ResumedWatch.Child => WatcherType.Children,
            ResumedWatch.Persistent => WatcherType.Persistent,
            _ => WatcherType.PersistentRecursive,
        };
        Assert.Equal(expected.Length == 0, Contains(1, path, type));
    }

    [Fact]
    public void A_missed_change_is_told_even_of_a_node_that_may_not_be_read()
    {
        var acl = new AclList([new AclEntry(Permissions.All, "digest", "bob:x")]);
        _tree.Run(Txns.SetAcl("/a", acl, 1));
        _sink.Readers[acl] = [];

        _watches.Resume(_tree, 1, Zxid.Zero, "/a"u8, ResumedWatch.Data);

        Assert.Equal(["1 NodeDataChanged /a"], _sink.Take());
    }

    [Theory]
    [InlineData(ResumedWatch.Persistent, "/a")]
    [InlineData(ResumedWatch.PersistentRecursive, "/a")]
    [InlineData(ResumedWatch.Persistent, "/a/hidden")]
    [InlineData(ResumedWatch.PersistentRecursive, "/a/hidden")]
    public void A_persistent_watch_that_is_set_again_tells_nothing_of_nodes_that_may_not_be_read(ResumedWatch kind, string path)
    {
        // CVE-2024-23944: paths below a watched node were told to whoever could read that node alone.
        var acl = new AclList([new AclEntry(Permissions.All, "digest", "bob:x")]);
        _sink.Readers[acl] = [];
        _tree.Run(Txns.Create(_tree, "/a/hidden", acl: acl));
        _watches.Resume(_tree, 1, Zxid.Zero, Encoding.UTF8.GetBytes(path), kind);
        Assert.Empty(_sink.Take());

        Assert.Empty(After(Txns.SetData("/a/hidden", [2], 1)));
        Assert.Empty(After(Txns.Create(_tree, "/a/hidden/below", acl: acl)));
        Assert.Empty(After(Txns.Delete("/a/hidden/below")));

        // The children of /a are the business of whoever may read /a.
        var parent = kind == ResumedWatch.Persistent && path == "/a" ? new[] { "1 NodeChildrenChanged /a" } : [];
        Assert.Equal(parent, After(Txns.Delete("/a/hidden")));
        Assert.Equal(parent, After(Txns.Create(_tree, "/a/hidden", acl: acl)));
        Assert.True(Contains(1, path, kind == ResumedWatch.Persistent ? WatcherType.Persistent : WatcherType.PersistentRecursive));
    }

    [Fact]
    public void Events_carry_the_transaction()
    {
        Add(1, "/a", WatchKind.Data);
        var zxid = _tree.Run(Txns.SetData("/a", [2], 1), _watches);
        Assert.Equal(zxid, _sink.LastZxid);

        _watches.Resume(_tree, 1, Zxid.Zero, "/a"u8, ResumedWatch.Data);
        Assert.Equal(_tree.LastApplied, _sink.LastZxid);
    }

    [Fact]
    public void The_watches_of_a_connection_can_be_listed()
    {
        Add(1, "/a", WatchKind.Data);
        Add(1, "/b", WatchKind.Persistent);
        Add(2, "/c", WatchKind.Data);
        var seen = new List<string>();

        _watches.Visit(1, (path, kinds) => seen.Add(Encoding.UTF8.GetString(path) + " " + kinds));

        Assert.Equal(["/a Data", "/b Persistent"], seen.Order(StringComparer.Ordinal));
    }

    private void Add(long watcher, string path, WatchKind kind) => Assert.Equal(WatchAddResult.Added, _watches.Add(watcher, TreeText.Utf8(path), kind));

    private bool Contains(long watcher, string path, WatcherType type) => _watches.Contains(watcher, TreeText.Utf8(path), type);

    private bool Remove(long watcher, string path, WatcherType type) => _watches.Remove(watcher, TreeText.Utf8(path), type);

    private void AssertEmpty() => Assert.Equal((0, 0, 0), (_watches.Count, _watches.PathCount, _watches.WatcherCount));

    /// <summary>The events of a transaction; those of one path and type in the order of watchers.</summary>
    private string[] After(byte[] payload)
    {
        _tree.Run(payload, _watches);
        return _sink.Take();
    }

    internal sealed class Sink : IWatchSink
    {
        private readonly List<(long Watcher, string Event)> _events = [];

        public Dictionary<AclList, long[]> Readers { get; } = [];

        public Zxid LastZxid { get; private set; }

        public bool MayRead(long watcher, AclList acl) => !Readers.TryGetValue(acl, out var readers) || readers.Contains(watcher);

        public void Deliver(long watcher, WatchEventType type, ReadOnlySpan<byte> path, EventPosition at)
        {
            LastZxid = at.Zxid;
            Add(watcher, type, path);
        }

        public void Add(long watcher, WatchEventType type, ReadOnlySpan<byte> path) => _events.Add((watcher, $"{type} {Encoding.UTF8.GetString(path)}"));

        /// <summary>Runs of the same event are sorted by watcher: their order among watchers means nothing.</summary>
        public string[] Take()
        {
            var result = new List<string>();
            for (var i = 0; i < _events.Count;)
            {
                var run = _events.Skip(i).TakeWhile(e => e.Event == _events[i].Event).ToList();
                result.AddRange(run.OrderBy(e => e.Watcher).Select(e => e.Watcher.ToString(CultureInfo.InvariantCulture) + " " + e.Event));
                i += run.Count;
            }

            _events.Clear();
            return [.. result];
        }
    }
}

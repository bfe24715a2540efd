using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Tree;

public class DataTreeTests
{
    private const long Session = 0x1234;

    [Fact]
    public void A_new_tree_has_ZooKeepers_nodes_and_its_own()
    {
        var tree = new DataTree();

        Assert.Equal(5, tree.Count);
        Assert.Equal(["zookeeper"], tree.Root.ChildNames());
        Assert.Equal(["config", "quota", "trees"], tree.Get("/zookeeper").ChildNames());
        Assert.Equal(new Stat(0, 0, 0, 0, 0, -1, 0, 0, 0, 1, 0), tree.Root.Stat);
        Assert.Equal(AclList.Open, tree.Root.Acl);
        Assert.Equal(AclList.ReadOnly, tree.Get("/zookeeper/config").Acl);
        Assert.Equal(Zxid.Zero, tree.LastApplied);
        Assert.True(tree.IsExact);
    }

    [Fact]
    public void Random_histories_give_what_a_plain_model_gives()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var tree = new DataTree();
            var model = new ModelTree();
            var history = new RandomHistory(seed, tree);
            for (var i = 0; i < 200; i++)
            {
                var payload = history.Next();
                model.Apply(tree.Run(payload), payload);
            }

            Assert.True(model.ToString() == TreeText.Of(tree), $"seed {seed}:\n{model}\n---\n{TreeText.Of(tree)}");
            Assert.Equal(model.DataBytes, tree.DataBytes);
            foreach (var path in model.Paths)
            {
                Assert.Equal(model.Descendants(path), tree.CountDescendants(tree.Get(path)));
            }
        }
    }

    [Fact]
    public void Clients_see_twice_the_creates_less_the_children_as_cversion()
    {
        var tree = new DataTree();
        tree.Run(Txns.Create(tree, "/a"));
        tree.Run(Txns.Create(tree, "/a/x"));
        tree.Run(Txns.Create(tree, "/a/y"));
        Assert.Equal((2, 2, 2), (tree.Get("/a").Stat.CVersion, tree.Get("/a").NumChildren, tree.Get("/a").InternalCVersion));

        var zxid = tree.Run(Txns.Delete("/a/x"));

        Assert.Equal((3, 1, 2), (tree.Get("/a").Stat.CVersion, tree.Get("/a").NumChildren, tree.Get("/a").InternalCVersion));
        Assert.Equal(zxid.Value, tree.Get("/a").Stat.Pzxid);
    }

    [Fact]
    public void Only_ephemeral_nodes_show_an_owner()
    {
        var tree = new DataTree();
        tree.Run(Txns.Create(tree, "/e", kind: NodeKind.Ephemeral, lifetime: Session));
        tree.Run(Txns.Create(tree, "/c", kind: NodeKind.Container));
        tree.Run(Txns.Create(tree, "/t", kind: NodeKind.Ttl, lifetime: 500));

        Assert.Equal(Session, tree.Get("/e").Stat.EphemeralOwner);
        Assert.Equal(0, tree.Get("/c").Stat.EphemeralOwner);
        Assert.Equal(0, tree.Get("/t").Stat.EphemeralOwner);
        Assert.Equal((NodeKind.Ttl, 500), (tree.Get("/t").Kind, tree.Get("/t").Ttl));
        Assert.Equal(1, tree.EphemeralCount);
        Assert.Equal([Session], tree.SessionsWithEphemerals);
        Assert.Equal(["/c"], tree.Containers.Paths());
        Assert.Equal(["/t"], tree.TtlNodes.Paths());
    }

    [Fact]
    public void Closing_a_session_deletes_its_nodes_and_no_others()
    {
        var tree = new DataTree();
        tree.Run(Txns.Create(tree, "/p"));
        tree.Run(Txns.Create(tree, "/p/mine", kind: NodeKind.Ephemeral, lifetime: Session));
        tree.Run(Txns.Create(tree, "/also", kind: NodeKind.Ephemeral, lifetime: Session));
        tree.Run(Txns.Create(tree, "/theirs", kind: NodeKind.Ephemeral, lifetime: 99));
        Assert.Equal(["/also", "/p/mine"], tree.EphemeralsOf(Session).Paths());

        var zxid = tree.Run(Txns.CloseSession(Session, "/p/mine", "/also"));

        Assert.False(tree.Has("/p/mine"));
        Assert.False(tree.Has("/also"));
        Assert.True(tree.Has("/theirs"));
        Assert.Equal(zxid.Value, tree.Get("/p").Stat.Pzxid);
        Assert.Equal([99], tree.SessionsWithEphemerals);
        Assert.Empty(tree.EphemeralsOf(Session).Paths());
    }

    [Fact]
    public void Null_data_stays_apart_from_empty_data()
    {
        var tree = new DataTree();
        tree.Run(Txns.Create(tree, "/null", null));
        tree.Run(Txns.Create(tree, "/empty", []));

        Assert.True(tree.Get("/null").DataIsNull);
        Assert.False(tree.Get("/empty").DataIsNull);
        tree.Run(Txns.SetData("/empty", null, 1));
        Assert.True(tree.Get("/empty").DataIsNull);
    }

    [Fact]
    public void Every_node_keeps_its_data_when_others_of_the_same_length_change_or_go()
    {
        var tree = new DataTree();
        for (byte i = 0; i < 99; i++)
        {
            tree.Run(Txns.Create(tree, $"/n{i}", [i, i, i]));
        }

        for (byte i = 0; i < 99; i += 3)
        {
            tree.Run(Txns.Delete($"/n{i}"));
            tree.Run(Txns.SetData($"/n{i + 1}", new byte[i], 1));
        }

        for (byte i = 0; i < 99; i++)
        {
            Assert.Equal(i % 3 != 0, tree.TryFind(Encoding.UTF8.GetBytes($"/n{i}"), out var node));
            if (i % 3 != 0)
            {
                Assert.Equal(i % 3 == 1 ? new byte[i - 1] : [i, i, i], node.Data.ToArray());
            }
        }
    }

    [Fact]
    public void Equal_ACLs_are_one_object_and_unused_ones_go()
    {
        var tree = new DataTree();
        AclList Own() => new([new AclEntry(Permissions.Read, "digest", "a:b")]);
        var before = tree.AclCount;
        tree.Run(Txns.Create(tree, "/a", acl: Own()));
        tree.Run(Txns.Create(tree, "/b", acl: Own()));
        Assert.Same(tree.Get("/a").Acl, tree.Get("/b").Acl);
        Assert.Equal(before + 1, tree.AclCount);

        tree.Run(Txns.SetAcl("/a", AclList.Open, 1));
        tree.Run(Txns.Delete("/b"));

        Assert.Equal(before, tree.AclCount);
        Assert.Equal((1, 0), (tree.Get("/a").Stat.AVersion, tree.Get("/a").Stat.Version));
    }

    [Fact]
    public void A_damaged_multi_changes_nothing()
    {
        var tree = new DataTree();
        var multi = Txns.Make(
            OpCode.Multi,
            w =>
            {
                Txns.Create(w, tree, "/a", [1]);
                w.Delete(OpCode.Delete, "/b"u8);
            });
        var before = TreeText.Of(tree);

        for (var cut = 0; cut < multi.Length; cut++)
        {
            Assert.Throws<FormatException>(() => tree.Apply(new Zxid(1), multi.AsSpan(0, cut)));
        }

        Assert.Equal(before, TreeText.Of(tree));
        Assert.Equal(Zxid.Zero, tree.LastApplied);
    }

    [Fact]
    public void An_impossible_transaction_is_an_invariant_violation()
    {
        var tree = new DataTree();
        tree.Run(Txns.Create(tree, "/a"));
        tree.Run(Txns.Create(tree, "/a/b"));
        tree.Run(Txns.Create(tree, "/e", kind: NodeKind.Ephemeral, lifetime: Session));
        byte[][] impossible =
        [
            Txns.Create(tree, "/a"),
            Txns.Create(tree, "/none/x"),
            Txns.Create(tree, "/e/x"),
            Txns.Create(tree, "/a//x"),
            Txns.Delete("/none"),
            Txns.Delete("/a"),
            Txns.Delete("/"),
            Txns.SetData("/none", [], 1),
            Txns.SetAcl("/none", AclList.Open, 1),
            Txns.CloseSession(Session),
            Txns.CloseSession(Session, "/a/b"),
            Txns.CloseSession(99, "/e"),
            Txns.Make(OpCode.Multi, w => w.Check("/a"u8, 7)),
            Txns.Make(OpCode.Multi, w => w.Check("/none"u8, -1)),
        ];

        foreach (var payload in impossible)
        {
            Assert.Throws<InvariantViolationException>(() => tree.Apply(tree.LastApplied.Next(), payload));
        }

        Assert.Throws<InvariantViolationException>(() => tree.Apply(tree.LastApplied, Txns.SetData("/a", [], 1)));
    }

    [Fact]
    public void The_listener_hears_each_operation_in_order_with_the_values_of_that_moment()
    {
        var tree = new DataTree();
        var heard = new Recorder();
        tree.Run(Txns.Create(tree, "/e", kind: NodeKind.Ephemeral, lifetime: Session), heard);
        tree.Run(
            Txns.Make(
                OpCode.Multi,
                w =>
                {
                    Txns.Create(w, tree, "/a", [1]);
                    w.SetData(OpCode.SetData, "/a"u8, "22"u8, false, 1);
                    w.Check("/a"u8, 1);
                    w.SetData(OpCode.SetData, "/a"u8, "333"u8, false, 2);
                    w.SetAcl("/a"u8, AclList.ReadOnly, 1);
                    w.Delete(OpCode.Delete, "/a"u8);
                }),
            heard);
        tree.Run(Txns.Make(OpCode.Error, w => w.Error(ErrorCode.BadVersion)), heard);
        tree.Run(Txns.CloseSession(Session, "/e"), heard);

        Assert.Equal(
            [
                "0x100000001 Create /e v0 below / 2",
                "0x100000002 Create /a v0 below / 3",
                "0x100000002 SetData /a v1 2 B",
                "0x100000002 Checked /a",
                "0x100000002 SetData /a v2 3 B",
                "0x100000002 SetAcl /a a1",
                "0x100000002 Delete /a world:anyone:r below / 2",
                "0x100000003 Failed BadVersion",
                "0x100000004 CloseSession /e world:anyone:cdrwa below / 1",
            ],
            heard.Lines);
    }

    [Fact]
    public void The_collector_finds_used_empty_containers_and_expired_childless_TTL_nodes()
    {
        var tree = new DataTree();
        tree.Run(Txns.Create(tree, "/fresh", kind: NodeKind.Container));
        tree.Run(Txns.Create(tree, "/used", kind: NodeKind.Container));
        tree.Run(Txns.Create(tree, "/used/x"));
        tree.Run(Txns.Delete("/used/x"));
        tree.Run(Txns.Create(tree, "/busy", kind: NodeKind.Container));
        tree.Run(Txns.Create(tree, "/busy/x"));
        tree.Run(Txns.Create(tree, "/ttl", kind: NodeKind.Ttl, lifetime: 100, time: 1_000));
        tree.Run(Txns.Create(tree, "/parent", kind: NodeKind.Ttl, lifetime: 100, time: 1_000));
        tree.Run(Txns.Create(tree, "/parent/x"));
        tree.Run(Txns.Create(tree, "/e", kind: NodeKind.Ephemeral, lifetime: Session));

        Assert.Equal(["/used"], Collect(tree, 1_100));
        Assert.Equal(["/ttl", "/used"], Collect(tree, 1_101));
        Assert.Equal(["/used"], Collect(tree, 5_000, max: 1));
        Assert.Equal(["/ttl"], Collect(tree, 5_000, max: 1));
        tree.Run(Txns.SetData("/ttl", [], 1, time: 5_000));
        tree.Run(Txns.Delete("/used"));
        Assert.Empty(Collect(tree, 5_050));
    }

    [Fact]
    public void A_hundred_thousand_children_come_and_go()
    {
        var tree = new DataTree();
        tree.Run(Txns.Create(tree, "/dir"));
        for (var i = 0; i < 100_000; i++)
        {
            tree.Run(Txns.Create(tree, $"/dir/child-{i}", [1]));
        }

        Assert.Equal((100_000, 100_000), (tree.Get("/dir").NumChildren, tree.CountDescendants(tree.Get("/dir"))));
        for (var i = 0; i < 100_000; i++)
        {
            tree.Run(Txns.Delete($"/dir/child-{(i * 7919) % 100_000}"));
        }

        Assert.Empty(tree.Get("/dir").ChildNames());
        Assert.Equal(100_000, tree.Get("/dir").Stat.CVersion / 2);
        Assert.Equal(6, tree.Count);
    }

    private static string[] Collect(DataTree tree, long wall, int max = 100)
    {
        var found = new List<byte[]>();
        while (tree.FindCollectable(wall, max, found) && found.Count < max)
        {
        }

        return [.. found.Select(Encoding.UTF8.GetString).Order(StringComparer.Ordinal)];
    }

    private sealed class Recorder : ITreeChangeListener
    {
        public List<string> Lines { get; } = [];

        public void NodeCreated(Zxid zxid, OpCode type, NodeRef node, NodeRef parent) =>
            Lines.Add($"{zxid} {type} {Text(node.Path)} v{node.Stat.Version} below {Text(parent.Path)} {parent.NumChildren}");

        public void NodeDeleted(Zxid zxid, OpCode type, ReadOnlySpan<byte> path, AclList acl, NodeRef parent) =>
            Lines.Add($"{zxid} {type} {Text(path)} {acl} below {Text(parent.Path)} {parent.NumChildren}");

        public void NodeDataChanged(Zxid zxid, OpCode type, NodeRef node) =>
            Lines.Add($"{zxid} {type} {Text(node.Path)} v{node.Stat.Version} {node.Stat.DataLength} B");

        public void NodeAclChanged(Zxid zxid, NodeRef node) => Lines.Add($"{zxid} SetAcl {Text(node.Path)} a{node.Stat.AVersion}");

        public void Checked(Zxid zxid, ReadOnlySpan<byte> path) => Lines.Add($"{zxid} Checked {Text(path)}");

        public void Failed(Zxid zxid, ErrorCode code) => Lines.Add($"{zxid} Failed {code}");

        private static string Text(ReadOnlySpan<byte> path) => Encoding.UTF8.GetString(path);
    }
}

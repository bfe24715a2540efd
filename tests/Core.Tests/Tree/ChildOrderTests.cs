using System.Globalization;
using System.Text;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Tree;

public class ChildOrderTests
{
    [Fact]
    public void An_order_that_is_kept_follows_every_change()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var store = new NodeStore();
            var parent = Add(store, 0, seed % 2 == 0 ? "/" : "/p");
            var names = new SortedSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < 3_000; i++)
            {
                Create(store, parent, names, Name(random));
            }

            var first = store.Orders.Of(parent);
            Assert.Equal(names, Names(store, first, string.Empty));
            for (var i = 0; i < 4_000; i++)
            {
                if (random.Next(3) == 0 && names.Count > 0)
                {
                    var name = names.GetViewBetween(Name(random), "~").Min ?? names.Max!;
                    store.Remove(store.Find(Encoding.UTF8.GetBytes(Path(store, parent, name))));
                    names.Remove(name);
                }
                else
                {
                    Create(store, parent, names, Name(random));
                }

                if (i % 500 == 0)
                {
                    var from = Name(random);
                    Assert.Same(first, store.Orders.Of(parent));
                    Assert.Equal(names.Where(n => string.CompareOrdinal(n, from) >= 0), Names(store, first, from));
                }
            }

            Assert.Equal(names.Count, first.Count);
        }
    }

    [Fact]
    public void Orders_are_kept_of_large_nodes_only_of_so_many_children_in_all_and_while_somebody_asks()
    {
        var store = new NodeStore();
        var orders = new ChildOrders(store, smallest: 100, most: 400);
        var nodes = new[] { 50, 150, 150, 150, 500 }.Select((count, i) =>
        {
            var node = Add(store, 0, $"/{i}");
            for (var child = 0; child < count; child++)
            {
                Add(store, node, string.Create(CultureInfo.InvariantCulture, $"/{i}/{child}"));
            }

            return node;
        }).ToArray();

        Assert.NotSame(orders.Of(nodes[0]), orders.Of(nodes[0]));
        var second = orders.Of(nodes[1]);
        var third = orders.Of(nodes[2]);
        Assert.Same(second, orders.Of(nodes[1]));
        orders.Of(nodes[3]);
        Assert.Equal(2, orders.Count);
        Assert.Same(second, orders.Of(nodes[1]));
        Assert.NotSame(third, orders.Of(nodes[2]));
        orders.Of(nodes[4]);
        Assert.Equal(2, orders.Count);

        orders.Forget(nodes[2]);
        Assert.Equal(1, orders.Count);
        for (var change = 0; change < 5_000 && orders.Count > 0; change++)
        {
            var child = Add(store, nodes[1], "/1/more");
            orders.Added(nodes[1], child);
            orders.Removed(nodes[1], child);
            store.Remove(child);
        }

        Assert.Equal(0, orders.Count);
    }

    private static string Name(Random random) => random.Next(4) switch
    {
        0 => string.Create(CultureInfo.InvariantCulture, $"node-{random.Next(100_000):d10}"),
        1 => new string('a', random.Next(1, 20)),
        2 => string.Create(CultureInfo.InvariantCulture, $"{random.Next(5_000)}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"node-0000000000-long-in-common-{random.Next(5_000)}"),
    };

    private static void Create(NodeStore store, int parent, SortedSet<string> names, string name)
    {
        if (names.Add(name))
        {
            Add(store, parent, Path(store, parent, name));
        }
    }

    private static string Path(NodeStore store, int parent, string name) => parent == 0 ? "/" + name : Encoding.UTF8.GetString(store.PathOf(parent)) + "/" + name;

    private static int Add(NodeStore store, int parent, string path)
    {
        if (path == "/")
        {
            return 0;
        }

        var node = store.Add(Encoding.UTF8.GetBytes(path));
        store.SetValues(node, [], false, store.Acls.Intern(AclList.Open.Encoded), NodeKind.Persistent, 0);
        store.Link(parent, node);
        return node;
    }

    private static List<string> Names(NodeStore store, ChildOrder order, string from)
    {
        var names = new List<string>();
        var place = order.From(Encoding.UTF8.GetBytes(from));
        for (var child = order.At(ref place); child != NodeStore.None; child = order.At(ref place))
        {
            names.Add(Encoding.UTF8.GetString(store.NameOf(child)));
            place.Index++;
        }

        return names;
    }
}

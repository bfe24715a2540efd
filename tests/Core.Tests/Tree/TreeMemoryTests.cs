using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;
using Xunit.Abstractions;

namespace GrainKeeper.Core.Tests.Tree;

/// <summary>What a node costs. Times are printed, with bounds wide enough for a busy machine.</summary>
[Collection(nameof(TreeMemoryTests))]
public class TreeMemoryTests(ITestOutputHelper output)
{
    private const int Nodes = 200_000;

    [Fact]
    public void A_node_with_128_bytes_of_data_and_a_path_of_40_costs_at_most_305_bytes()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var tree = Fill();
        var perNode = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Nodes;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{perNode:f0} B/node"));

        Assert.InRange(perNode, 200, 305);
        GC.KeepAlive(tree);
    }

    [Fact]
    public void A_lookup_allocates_nothing()
    {
        var tree = Fill();
        var paths = Paths();
        var found = 0;
        long allocated = 0;
        var time = TimeSpan.Zero;
        for (var round = 0; round < 2; round++)
        {
            // The first round warms the code up.
            found = 0;
            var before = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.GetTimestamp();
            for (var i = 0; i < paths.Length; i++)
            {
                if (tree.TryFind(paths[(int)((i * 7919L) % paths.Length)], out var node))
                {
                    found += node.Stat.DataLength == 128 && node.Data.Length == 128 && !node.Acl.Entries.IsEmpty ? 1 : 0;
                }
            }

            time = Stopwatch.GetElapsedTime(watch);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.TotalNanoseconds / paths.Length:f0} ns/lookup"));
        Assert.Equal(0, allocated);

        Assert.Equal(Nodes, found);
    }

    [Fact]
    public void Changes_allocate_nothing()
    {
        var tree = new DataTree();
        var zxid = tree.Run(Txns.Create(tree, "/a", new byte[100]));
        tree.Run(Txns.Create(tree, "/a/child", new byte[100]));
        var set = Txns.SetData("/a", new byte[100], 1);
        var create = Txns.Create(tree, "/a/x", new byte[100]);
        var delete = Txns.Delete("/a/x");
        zxid = tree.LastApplied;
        long allocated = 0;
        for (var i = 0; i < 2_000; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            tree.Apply(zxid = zxid.Next(), set);
            tree.Apply(zxid = zxid.Next(), create);
            tree.Apply(zxid = zxid.Next(), delete);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Memory_of_nodes_that_went_serves_those_that_come()
    {
        var tree = Fill();
        var paths = Paths();
        var reserved = tree.ReservedBytes;
        var data = tree.DataBytes;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 50_000; i++)
            {
                tree.Run(Txns.Delete(Encoding.UTF8.GetString(paths[i])));
            }

            for (var i = 0; i < 50_000; i++)
            {
                tree.Run(Txns.Create(tree, Encoding.UTF8.GetString(paths[i]), new byte[128]));
            }
        }

        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(reserved, tree.ReservedBytes);
        Assert.Equal(data, tree.DataBytes);
        Assert.InRange(grown, -5_000_000, 1_000_000);

        // Without it optimized code lets both go before the last measurement.
        GC.KeepAlive(tree);
        GC.KeepAlive(paths);
    }

    [Fact]
    public void A_tree_is_copied_and_restored_quickly()
    {
        var tree = Fill();
        var paths = Paths();
        var watch = Stopwatch.GetTimestamp();
        var reader = tree.OpenState();
        var slices = Slices(reader);
        var copied = Stopwatch.GetElapsedTime(watch);
        watch = Stopwatch.GetTimestamp();
        var writer = new TreeStateWriter();
        slices.ForEach(s => writer.Write(s));
        var restored = writer.Complete(reader.Zxid);
        var loaded = Stopwatch.GetElapsedTime(watch);
        var size = slices.Sum(s => (long)s.Length);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Nodes} nodes: copied in {copied.TotalMilliseconds:f0} ms, restored in {loaded.TotalMilliseconds:f0} ms, {size / (double)Nodes:f0} B/node in the copy"));

        Assert.Equal(tree.Count, restored.Count);
        Assert.Equal(tree.DataBytes, restored.DataBytes);
        Assert.Equal(tree.Get(Encoding.UTF8.GetString(paths[777])).Stat, restored.Get(Encoding.UTF8.GetString(paths[777])).Stat);
        Assert.InRange(size / (double)Nodes, 128, 200);
        Assert.InRange(loaded.TotalSeconds, 0, 60);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(-1)]
    [InlineData(0.001)]
    public void What_is_expected_of_a_copy_only_makes_room_for_it(double factor)
    {
        var tree = Fill();
        var reader = tree.OpenState();
        var slices = Slices(reader);
        var plain = Restore(slices, reader.Zxid, null);
        var prepared = Restore(slices, reader.Zxid, (long)(factor * slices.Sum(s => (long)s.Length)));

        Assert.Equal(TreeText.Of(plain), TreeText.Of(prepared));
        Assert.Equal(plain.DataBytes, prepared.DataBytes);

        // Two places of four bytes a node are right; however wrong the expectation, no more than eight times as many.
        var most = factor > 1 ? 64 : 9;
        Assert.InRange(prepared.ReservedBytes - plain.ReservedBytes, 0, (long)most * Nodes);
    }

    private static List<byte[]> Slices(TreeStateReader reader)
    {
        var slices = new List<byte[]>();
        var buffer = new ArrayBufferWriter<byte>(2 << 20);
        bool more;
        do
        {
            buffer.ResetWrittenCount();
            more = reader.ReadNext(buffer, 1 << 20);
            slices.Add(buffer.WrittenSpan.ToArray());
        }
        while (more);

        return slices;
    }

    private static DataTree Restore(List<byte[]> slices, Zxid zxid, long? expected)
    {
        var writer = new TreeStateWriter();
        if (expected is { } bytes)
        {
            writer.Expect(bytes);
        }

        slices.ForEach(s => writer.Write(s));
        return writer.Complete(zxid);
    }

    private static string PathOf(int i) => $"/services-{i / 1000:d4}/instance-{i:d10}-abcdef";

    private static byte[][] Paths() => [.. Enumerable.Range(0, Nodes).Select(i => TreeText.Utf8(PathOf(i)))];

    private static DataTree Fill()
    {
        Assert.Equal(41, PathOf(0).Length);
        var tree = new DataTree();
        for (var i = 0; i < Nodes; i++)
        {
            if (i % 1000 == 0)
            {
                tree.Run(Txns.Create(tree, $"/services-{i / 1000:d4}", []));
            }

            tree.Run(Txns.Create(tree, PathOf(i), new byte[128]));
        }

        return tree;
    }
}

using System.Globalization;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tests.Tree;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;
using Xunit.Abstractions;

namespace GrainKeeper.Core.Tests.Watches;

/// <summary>What watches cost, with nothing else running.</summary>
[Collection(nameof(TreeMemoryTests))]
public class WatchMemoryTests(ITestOutputHelper output)
{
    [Fact]
    public void A_hundred_thousand_watchers_of_one_path_are_cheap_to_keep_to_tell_and_to_remove()
    {
        const int Watchers = 100_000;
        var tree = new DataTree();
        tree.Run(Txns.Create(tree, "/a", [1]));
        var sink = new CountingSink();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watches = new WatchManager(sink);
        for (var i = 1; i <= Watchers; i++)
        {
            watches.Add(i, "/a"u8, WatchKind.Data);
            watches.Add(i, "/b"u8, WatchKind.Data);
        }

        var perWatch = (GC.GetTotalMemory(forceFullCollection: true) - before) / (2.0 * Watchers);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{perWatch:f0} B/watch with its share of a watcher"));
        Assert.InRange(perWatch, 20, 110);

        tree.Run(Txns.SetData("/a", [2], 1), watches);
        Assert.Equal((Watchers, Watchers), (sink.Count, watches.Count));
        for (var i = Watchers; i > 0; i--)
        {
            watches.RemoveWatcher(i);
        }

        Assert.Equal((0, 0, 0), (watches.Count, watches.PathCount, watches.WatcherCount));
    }

    [Fact]
    public void Telling_watchers_allocates_nothing()
    {
        var tree = new DataTree();
        tree.Run(Txns.Create(tree, "/a", [1]));
        tree.Run(Txns.Create(tree, "/a/b", [1]));
        var sink = new CountingSink();
        var watches = new WatchManager(sink);
        watches.Add(1, "/"u8, WatchKind.PersistentRecursive);
        watches.Add(2, "/a"u8, WatchKind.Persistent);
        long allocated = 0;
        for (var i = 0; i < 2_000; i++)
        {
            watches.Add(3, "/a/b"u8, WatchKind.Data);
            tree.TryFind("/a/b"u8, out var node);
            var before = GC.GetAllocatedBytesForCurrentThread();
            watches.NodeDataChanged(new Zxid(1), OpCode.SetData, node);
            watches.NodeCreated(new Zxid(1), OpCode.Create, node, node.Parent);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
        Assert.Equal(2_000 * 4, sink.Count);
    }

    private sealed class CountingSink : IWatchSink
    {
        public int Count { get; private set; }

        public bool MayRead(long watcher, AclList acl) => true;

        public void Deliver(long watcher, WatchEventType type, ReadOnlySpan<byte> path, EventPosition at) => Count++;
    }
}

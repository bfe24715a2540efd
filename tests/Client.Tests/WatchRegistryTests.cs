using GrainKeeper.Client.Sessions;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client.Tests;

public sealed class WatchRegistryTests
{
    private readonly WatchRegistry _registry = new();
    private long _zxid;

    [Theory]
    [InlineData(WatchEventType.NodeCreated, new[] { "data", "exist", "persistent", "recursive", "above" }, new[] { "child" })]
    [InlineData(WatchEventType.NodeDataChanged, new[] { "data", "exist", "persistent", "recursive", "above" }, new[] { "child" })]
    [InlineData(WatchEventType.NodeDeleted, new[] { "data", "exist", "child", "persistent", "recursive", "above" }, new string[0])]
    [InlineData(WatchEventType.NodeChildrenChanged, new[] { "child", "persistent" }, new[] { "data", "exist" })]
    public void An_event_calls_those_it_is_for_and_uses_up_the_watches_that_wait_once(WatchEventType type, string[] called, string[] left)
    {
        var calls = new List<string>();
        _registry.Add(WatchSlot.Data, "/a/b", _ => calls.Add("data"));
        _registry.Add(WatchSlot.Exist, "/a/b", _ => calls.Add("exist"));
        _registry.Add(WatchSlot.Child, "/a/b", _ => calls.Add("child"));
        AddLive(WatchSlot.Persistent, "/a/b", _ => calls.Add("persistent"));
        AddLive(WatchSlot.Recursive, "/a/b", _ => calls.Add("recursive"));
        AddLive(WatchSlot.Recursive, "/", _ => calls.Add("above"));
        AddLive(WatchSlot.Persistent, "/a", _ => calls.Add("never"));
        AddLive(WatchSlot.Recursive, "/a/bc", _ => calls.Add("never"));

        Fire(type);
        Assert.Equal(called.Order(), calls.Order());

        calls.Clear();
        Fire(WatchEventType.NodeDeleted);
        Assert.Equal(left.Concat(["persistent", "recursive", "above"]).Order(), calls.Order());
    }

    [Fact]
    public void A_callback_registered_several_times_is_called_once()
    {
        var calls = 0;
        Action<WatchEvent> callback = _ => calls++;
        _registry.Add(WatchSlot.Data, "/a/b", callback);
        _registry.Add(WatchSlot.Data, "/a/b", callback);
        _registry.Add(WatchSlot.Exist, "/a/b", callback);
        Fire(WatchEventType.NodeDataChanged);
        Assert.Equal(1, calls);
    }

    [Fact]
    public void Removing_tells_whether_it_was_the_last()
    {
        var one = AddLive(WatchSlot.Persistent, "/a", _ => { });
        var other = AddLive(WatchSlot.Persistent, "/a", _ => Assert.Fail("called"));
        Assert.False(_registry.Remove(other));
        Assert.Equal(["/a"], _registry.Paths(WatchSlot.Persistent));
        Assert.True(_registry.Remove(one));
        Assert.False(_registry.Remove(one));
        Assert.Empty(_registry.Paths(WatchSlot.Persistent));
    }

    [Fact]
    public void An_event_that_cannot_be_handed_out_counts_as_not_seen()
    {
        var calls = new List<int>();
        var watch = AddLive(WatchSlot.Recursive, "/a", e => calls.Add(e.Index));
        Assert.True(_registry.Happened(Event(7, 1), c => Run(c, Event(7, 1))));
        Assert.False(_registry.Happened(Event(7, 2), _ => false));
        Assert.Equal([watch], _registry.Detached(lastZxid: 6));
        Assert.True(_registry.Happened(Event(8, 1), c => Run(c, Event(8, 1))));

        Assert.Equal(new EventPosition(new Zxid(7), 1), _registry.PositionOf([watch]));
        Assert.True(_registry.CaughtUp([watch], Event(7, 1), c => Run(c, Event(7, 1))));
        Assert.True(_registry.CaughtUp([watch], Event(7, 2), c => Run(c, Event(7, 2))));
        Assert.True(_registry.CaughtUp([watch], Event(7, 2), c => Run(c, Event(7, 2))));

        Assert.Equal([1, 2], calls);
    }

    [Fact]
    public void What_was_live_has_seen_everything_up_to_the_last_answer_and_what_was_not_has_not()
    {
        var live = AddLive(WatchSlot.Persistent, "/a", _ => { });
        var later = new PersistentWatch(WatchSlot.Persistent, "/a", _ => { }, EventPosition.After(new Zxid(3)));
        _registry.Add(later);

        Assert.Equal([live], _registry.Detached(lastZxid: 9));

        Assert.Equal(EventPosition.After(new Zxid(9)), _registry.PositionOf([live]));
        Assert.Equal(EventPosition.After(new Zxid(3)), _registry.PositionOf([live, later]));
        Assert.Empty(_registry.Detached(lastZxid: 12));
    }

    private static WatchEvent Event(long zxid, int index) => new(WatchEventType.NodeDataChanged, "/a/b", zxid) { Index = index };

    private PersistentWatch AddLive(WatchSlot slot, string path, Action<WatchEvent> callback)
    {
        var watch = new PersistentWatch(slot, path, callback);
        _registry.Add(watch);
        _registry.GoLive([watch], EventPosition.After(Zxid.Zero));
        return watch;
    }

    private void Fire(WatchEventType type)
    {
        var happened = new WatchEvent(type, "/a/b", ++_zxid) { Index = 1 };
        Assert.True(_registry.Happened(happened, callback =>
        {
            callback(happened);
            return true;
        }));
    }

    private static bool Run(Action<WatchEvent> callback, WatchEvent change)
    {
        callback(change);
        return true;
    }
}

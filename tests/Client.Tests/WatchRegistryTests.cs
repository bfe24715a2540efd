using GrainKeeper.Client.Sessions;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client.Tests;

public sealed class WatchRegistryTests
{
    private readonly WatchRegistry _registry = new();

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
        _registry.Add(WatchSlot.Persistent, "/a/b", _ => calls.Add("persistent"));
        _registry.Add(WatchSlot.Recursive, "/a/b", _ => calls.Add("recursive"));
        _registry.Add(WatchSlot.Recursive, "/", _ => calls.Add("above"));
        _registry.Add(WatchSlot.Persistent, "/a", _ => calls.Add("never"));
        _registry.Add(WatchSlot.Recursive, "/a/bc", _ => calls.Add("never"));

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
        _registry.Add(WatchSlot.Recursive, "/a", callback);
        Fire(WatchEventType.NodeDataChanged);
        Assert.Equal(1, calls);
    }

    [Fact]
    public void Removing_tells_whether_it_was_the_last()
    {
        Action<WatchEvent> one = _ => { }, other = _ => Assert.Fail("called");
        _registry.Add(WatchSlot.Persistent, "/a", one);
        _registry.Add(WatchSlot.Persistent, "/a", other);
        Assert.False(_registry.Remove(WatchSlot.Persistent, "/a", other));
        Assert.Equal(["/a"], _registry.Paths(WatchSlot.Persistent));
        Assert.True(_registry.Remove(WatchSlot.Persistent, "/a", one));
        Assert.False(_registry.Remove(WatchSlot.Persistent, "/a", one));
        Assert.Empty(_registry.Paths(WatchSlot.Persistent));
    }

    private void Fire(WatchEventType type)
    {
        var happened = new WatchEvent(type, "/a/b", -1);
        foreach (var callback in _registry.Take(happened.Type, happened.Path))
        {
            callback(happened);
        }
    }
}

using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Replica;

public class WatchTests
{
    private readonly TestEnsemble _ensemble = new(3);
    private readonly TestClient _watcher;
    private readonly TestClient _writer;

    public WatchTests()
    {
        _watcher = new TestClient(_ensemble.Follower).Connect();
        _writer = new TestClient(_ensemble.Leader).Connect();
    }

    [Fact]
    public void A_watch_fires_once_and_only_for_its_own_client()
    {
        _writer.Create("/a");
        _watcher.Get("/a", watch: true);
        _watcher.Exists("/new", watch: true);
        _watcher.Children("/", watch: true);
        Assert.Equal(3, _watcher.Received.Count);
        _watcher.Received.Clear();
        _writer.Received.Clear();

        _writer.Create("/new");
        _writer.Error(OpCode.SetData, Frames.SetData("/a", "1"));
        _writer.Error(OpCode.SetData, Frames.SetData("/a", "2"));
        _writer.Create("/more");

        Assert.Equal(["NodeCreated /new", "NodeChildrenChanged /", "NodeDataChanged /a"], _watcher.Take());
        Assert.DoesNotContain(_writer.Received, r => r.IsEvent);
    }

    [Fact]
    public void An_event_comes_before_any_answer_that_shows_its_change()
    {
        _watcher.Create("/a", "0");
        _watcher.Get("/a", watch: true);
        _watcher.Received.Clear();
        var write = _watcher.Send(OpCode.SetData, Frames.SetData("/a", "1"));
        var read = _watcher.Send(OpCode.GetData, Frames.PathWatch("/a", watch: true));
        var second = _watcher.Send(OpCode.SetData, Frames.SetData("/a", "2"));
        _ensemble.Run();

        Assert.Equal(["NodeDataChanged /a", $"{write}:Ok", $"{read}:Ok", "NodeDataChanged /a", $"{second}:Ok"], _watcher.Take());
    }

    [Fact]
    public void A_notification_has_xid_and_zxid_of_minus_one()
    {
        _watcher.Exists("/a", watch: true);
        _writer.Create("/a");

        var e = Assert.Single(_watcher.Received, r => r.IsEvent);
        Assert.Equal(new ReplyHeader(-1, -1, ErrorCode.Ok), e.Header);
    }

    [Fact]
    public void A_failed_read_leaves_no_watch_except_exists()
    {
        _watcher.Get("/a", watch: true);
        _watcher.Ask(OpCode.GetChildren, Frames.PathWatch("/a", watch: true));
        _watcher.Received.Clear();
        _writer.Create("/a");
        Assert.Empty(_watcher.Take());
    }

    [Fact]
    public void Deletion_of_an_ephemeral_by_its_sessions_end_fires_everywhere()
    {
        var owner = new TestClient(_ensemble[1]).Connect();
        owner.Create("/e", flags: 1);
        var watchers = _ensemble.Servers.Select(s => new TestClient(s).Connect()).ToList();
        watchers.ForEach(w => w.Exists("/e", watch: true));
        watchers.ForEach(w => w.Received.Clear());
        owner.Error(OpCode.CloseSession, []);

        Assert.All(watchers, w => Assert.Equal(["NodeDeleted /e"], w.Take()));
    }

    [Fact]
    public void Persistent_and_recursive_watches_stay()
    {
        _writer.Create("/p");
        Assert.Equal(ErrorCode.Ok, _watcher.Error(OpCode.AddWatch, Frames.PathMode("/p", 0)));
        var other = new TestClient(_ensemble.Follower).Connect();
        Assert.Equal(ErrorCode.Ok, other.Error(OpCode.AddWatch, Frames.PathMode("/p", 1)));
        Assert.Equal(ErrorCode.MarshallingError, other.Error(OpCode.AddWatch, Frames.PathMode("/p", 2)));
        _watcher.Received.Clear();
        other.Received.Clear();

        _writer.Create("/p/x");
        _writer.Error(OpCode.SetData, Frames.SetData("/p/x", "1"));
        _writer.Error(OpCode.SetData, Frames.SetData("/p", "1"));
        _writer.Error(OpCode.SetData, Frames.SetData("/p", "2"));

        Assert.Equal(["NodeChildrenChanged /p", "NodeDataChanged /p", "NodeDataChanged /p"], _watcher.Take());
        Assert.Equal(["NodeCreated /p/x", "NodeDataChanged /p/x", "NodeDataChanged /p", "NodeDataChanged /p"], other.Take());
    }

    [Fact]
    public void Watches_can_be_checked_and_removed()
    {
        _watcher.Get("/zookeeper", watch: true);

        Assert.Equal(ErrorCode.Ok, _watcher.Error(OpCode.CheckWatches, Frames.PathMode("/zookeeper", 2)));
        Assert.Equal(ErrorCode.NoWatcher, _watcher.Error(OpCode.CheckWatches, Frames.PathMode("/zookeeper", 1)));
        Assert.Equal(ErrorCode.MarshallingError, _watcher.Error(OpCode.CheckWatches, Frames.PathMode("/zookeeper", 9)));
        Assert.Equal(ErrorCode.Ok, _watcher.Error(OpCode.RemoveWatches, Frames.PathMode("/zookeeper", 3)));
        Assert.Equal(ErrorCode.NoWatcher, _watcher.Error(OpCode.RemoveWatches, Frames.PathMode("/zookeeper", 3)));
        Assert.Equal(0, _ensemble.Follower.Core.Status.Watches);
    }

    [Fact]
    public void A_client_that_reconnects_hears_at_once_what_it_missed()
    {
        foreach (var path in new[] { "/same", "/changed", "/gone", "/parent" })
        {
            _writer.Create(path);
        }

        var seen = _watcher.Exists("/same").Zxid;
        _watcher.Break();
        _writer.Error(OpCode.SetData, Frames.SetData("/changed", "1"));
        _writer.Error(OpCode.Delete, Frames.PathVersion("/gone"));
        _writer.Create("/new");
        _writer.Create("/parent/x");
        var again = new TestClient(_ensemble[1]).Connect(session: _watcher.SessionId, password: _watcher.Password, seen: seen);
        again.SendRaw(Frames.Request(ReservedXid.SetWatches, OpCode.SetWatches, Frames.SetWatches(
            seen, ["/same", "/changed", "/gone"], ["/new", "/still-missing"], ["/parent", "/zookeeper"])));

        Assert.Equal(
            ["NodeDataChanged /changed", "NodeDeleted /gone", "NodeCreated /new", "NodeChildrenChanged /parent", "-8:Ok"],
            again.Take());
        _writer.Error(OpCode.SetData, Frames.SetData("/same", "1"));
        _writer.Create("/still-missing");
        Assert.Equal(["NodeDataChanged /same", "NodeCreated /still-missing"], again.Take());
    }

    [Fact]
    public void Who_may_not_read_a_node_hears_nothing_of_it()
    {
        _watcher.Exists("/hidden", watch: true);
        _watcher.Received.Clear();
        _writer.Ask(OpCode.Create, Frames.Create("/hidden", acl: Frames.Acl(Permissions.Delete, "world", "anyone")));

        Assert.Empty(_watcher.Take());
    }

    [Fact]
    public void Watches_end_with_their_connection()
    {
        _watcher.Exists("/a", watch: true);
        Assert.Equal(1, _ensemble.Follower.Core.Status.Watches);
        _watcher.Break();
        Assert.Equal(0, _ensemble.Follower.Core.Status.Watches);
        _writer.Create("/a");
    }
}

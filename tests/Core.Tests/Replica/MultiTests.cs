using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Replica;

public class MultiTests
{
    private readonly TestEnsemble _ensemble = new(3);
    private readonly TestClient _client;

    public MultiTests() => _client = new TestClient(_ensemble.Follower).Connect();

    [Fact]
    public void All_operations_happen_in_one_zxid()
    {
        _client.Create("/old");
        var reply = _client.Ask(OpCode.Multi, Frames.Multi(
            (OpCode.Create, Frames.Create("/a", "1")),
            (OpCode.Create2, Frames.Create("/a/b", "2")),
            (OpCode.CreateContainer, Frames.Create("/c", "", 4)),
            (OpCode.CreateTtl, Frames.Create("/t", "", 5, ttl: 1_000_000)),
            (OpCode.Create, Frames.Create("/a/n-", "", 2)),
            (OpCode.SetData, Frames.SetData("/a", "11", 0)),
            (OpCode.SetData, Frames.SetData("/a", "111", 1)),
            (OpCode.Check, Frames.PathVersion("/a", 2)),
            (OpCode.Delete, Frames.PathVersion("/old", 0))));

        Assert.Equal(ErrorCode.Ok, reply.Error);
        Assert.Equal(
            ["Create /a", "Create2 /a/b", "Create2 /c", "Create2 /t", "Create /a/n-0000000001", "SetData v1", "SetData v2", "Check", "Delete"],
            reply.Results);
        Assert.Equal(["a", "c", "t", "zookeeper"], _client.Children("/"));
        foreach (var path in new[] { "/a", "/a/b", "/c", "/t", "/a/n-0000000001" })
        {
            Assert.Equal(reply.Zxid, _client.Exists(path).Stat.Czxid);
        }
    }

    [Fact]
    public void A_failure_leaves_nothing_and_each_operation_has_its_own_code()
    {
        var reply = _client.Ask(OpCode.Multi, Frames.Multi(
            (OpCode.Create, Frames.Create("/a")),
            (OpCode.Create, Frames.Create("/a/b")),
            (OpCode.Delete, Frames.PathVersion("/missing")),
            (OpCode.Create, Frames.Create("/c")),
            (OpCode.Check, Frames.PathVersion("/", -1))));

        Assert.Equal(ErrorCode.Ok, reply.Error);
        Assert.Equal(["Error 0", "Error 0", "Error -101", "Error -2", "Error -2"], reply.Results);
        Assert.Equal(["zookeeper"], _client.Children("/"));
    }

    [Fact]
    public void A_failed_multi_leaves_no_trace_for_the_requests_behind_it()
    {
        _client.Create("/p");
        _ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        _client.Received.Clear();
        var before = _client.Send(OpCode.Create, Frames.Create("/p/n", flags: 2));
        var failed = _client.Send(OpCode.Multi, Frames.Multi(
            (OpCode.Create, Frames.Create("/p/n", flags: 3)),
            (OpCode.Create, Frames.Create("/p/n", flags: 2)),
            (OpCode.SetData, Frames.SetData("/p", "x")),
            (OpCode.Delete, Frames.PathVersion("/p/n0000000000")),
            (OpCode.Check, Frames.PathVersion("/p", 0))));
        var after = _client.Send(OpCode.Create, Frames.Create("/p/n", flags: 2));
        var version = _client.Send(OpCode.SetData, Frames.SetData("/p", "y", 0));
        var exists = _client.Send(OpCode.Create, Frames.Create("/p/n0000000000"));
        _ensemble.Run();
        _ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        _ensemble.Run();

        Assert.Equal([$"{before}:Ok", $"{failed}:Ok", $"{after}:Ok", $"{version}:Ok", $"{exists}:NodeExists"], _client.Received.Select(r => r.ToString()));
        Assert.Equal(["Error 0", "Error 0", "Error 0", "Error 0", "Error -103"], _client.Received[1].Results);
        Assert.Equal("/p/n0000000001", _client.Received[2].Path);
        Assert.Equal(["n0000000000", "n0000000001"], _client.Children("/p"));
        Assert.Equal(ErrorCode.Ok, _client.Error(OpCode.CloseSession, []));
        Assert.All(_ensemble.Servers, s => Assert.Equal(0, s.Core.Status.Ephemerals));
    }

    [Fact]
    public void An_empty_multi_succeeds()
    {
        var reply = _client.Ask(OpCode.Multi, Frames.Multi());

        Assert.Equal(ErrorCode.Ok, reply.Error);
        Assert.Empty(reply.Results);
    }

    [Fact]
    public void A_check_needs_READ_and_the_version()
    {
        _client.Ask(OpCode.Create, Frames.Create("/hidden", acl: Frames.Acl(Permissions.Write, "world", "anyone")));

        Assert.Equal(["Error -102"], _client.Ask(OpCode.Multi, Frames.Multi((OpCode.Check, Frames.PathVersion("/hidden")))).Results);
        Assert.Equal(["Error -101"], _client.Ask(OpCode.Multi, Frames.Multi((OpCode.Check, Frames.PathVersion("/missing")))).Results);
        Assert.Equal(["Error -8"], _client.Ask(OpCode.Multi, Frames.Multi((OpCode.Check, Frames.PathVersion("bad")))).Results);
        Assert.Equal(["Error -103"], _client.Ask(OpCode.Multi, Frames.Multi((OpCode.Check, Frames.PathVersion("/", 4)))).Results);
    }

    [Fact]
    public void An_operation_that_cannot_be_part_of_a_multi_fails_it_as_a_whole_in_order()
    {
        var create = _client.Send(OpCode.Create, Frames.Create("/a"));
        var multi = _client.Send(OpCode.Multi, Frames.Multi((OpCode.Create, Frames.Create("/b")), (OpCode.SetAcl, Frames.SetAcl("/a", AclList.Open))));
        var read = _client.Send(OpCode.Exists, Frames.PathWatch("/b"));
        _ensemble.Run();

        Assert.Equal([$"{create}:Ok", $"{multi}:MarshallingError", $"{read}:NoNode"], _client.Take());
        Assert.Null(_client.ClosedFor);
    }

    [Fact]
    public void MultiRead_answers_each_read_alone()
    {
        _client.Create("/a", "data");
        _client.Ask(OpCode.Create, Frames.Create("/hidden", acl: Frames.Acl(Permissions.Write, "world", "anyone")));
        var reply = _client.Ask(OpCode.MultiRead, Frames.Multi(
            (OpCode.GetData, Frames.PathWatch("/a")),
            (OpCode.GetData, Frames.PathWatch("/missing")),
            (OpCode.GetChildren, Frames.PathWatch("/")),
            (OpCode.GetChildren, Frames.PathWatch("/hidden"))));

        Assert.Equal(ErrorCode.Ok, reply.Error);
        Assert.Equal(["GetData data", "Error -101", "GetChildren 3", "Error -102"], reply.Results);
        Assert.Equal(ErrorCode.MarshallingError, _client.Error(OpCode.MultiRead, Frames.Multi((OpCode.Exists, Frames.PathWatch("/a")))));
    }
}

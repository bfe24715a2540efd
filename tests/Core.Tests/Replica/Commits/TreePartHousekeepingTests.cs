using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;

namespace GrainKeeper.Core.Tests.Replica.Commits;

/// <summary>What the leader does of its own accord must neither break a lock nor be lost over one.</summary>
public class TreePartHousekeepingTests
{
    private readonly TestEnsemble _ensemble = new(3);

    private TestServer Leader => _ensemble.Leader;

    [Fact]
    public void A_sessions_end_waits_for_its_locked_nodes_and_holds_up_nobody()
    {
        var leaving = new TestClient(_ensemble.Follower).Connect();
        leaving.Create("/e", "mine", flags: 1);
        leaving.Create("/f", "mine", flags: 1);
        Leader.MustPrepare(1, (OpCode.SetData, Frames.SetData("/e", "new")));
        leaving.Break();
        var other = new TestClient(_ensemble[1]).Connect(timeout: 40_000);
        _ensemble.Advance(20_000, () => other.SendRaw(Frames.Request(ReservedXid.Ping, OpCode.Ping, [])));
        Assert.Equal("mine", other.Get("/e").Data);
        Assert.Equal("mine", other.Get("/f").Data);
        other.Create("/free");

        // The next leader finds the session, gives it its time again, and waits as well.
        _ensemble.Kill(Leader);
        _ensemble.Elect(2);
        other = new TestClient(_ensemble[1]).Connect(timeout: 40_000);
        _ensemble.Advance(20_000, () => other.SendRaw(Frames.Request(ReservedXid.Ping, OpCode.Ping, [])));
        Assert.Equal("mine", other.Get("/e").Data);
        Leader.MustFinish(1);
        Assert.Equal(ErrorCode.NoNode, other.Exists("/e").Error);
        Assert.Equal(ErrorCode.NoNode, other.Exists("/f").Error);
        Assert.Equal(0, Leader.Core.Status.Ephemerals);
    }

    [Fact]
    public void A_client_that_closes_its_session_over_a_locked_node_is_answered_when_that_is_free()
    {
        foreach (var server in new[] { _ensemble.Follower, Leader })
        {
            var leaving = new TestClient(server).Connect();
            leaving.Create("/e", flags: 1);
            leaving.Received.Clear();
            Leader.MustPrepare(server.Id.Value, (OpCode.Delete, Frames.PathVersion("/e")));
            var close = leaving.Send(OpCode.CloseSession, []);
            _ensemble.Run();
            Assert.Empty(leaving.Received);
            Leader.MustFinish(server.Id.Value);
            Assert.Equal([$"{close}:Ok"], leaving.Take());
            Assert.Equal(0, Leader.Core.Status.Ephemerals);
        }
    }

    [Fact]
    public void A_session_whose_server_is_lost_while_its_end_waits_ends_all_the_same()
    {
        var follower = _ensemble.Follower;
        var leaving = new TestClient(follower).Connect();
        leaving.Create("/e", flags: 1);
        Leader.MustPrepare(1, (OpCode.SetData, Frames.SetData("/e", "new")));
        leaving.Send(OpCode.CloseSession, []);
        _ensemble.Run();
        _ensemble.Kill(follower);
        Leader.MustFinish(1);
        Assert.Equal(0, Leader.Core.Status.Ephemerals);
    }

    [Fact]
    public void A_sessions_end_that_waits_behind_its_writes_is_lost_with_its_server_like_them()
    {
        var follower = _ensemble.Follower;
        var first = new TestClient(follower).Connect(timeout: 40_000);
        first.Create("/p");
        Leader.MustPrepare(1, (OpCode.SetData, Frames.SetData("/p", "new")));
        first.Send(OpCode.SetData, Frames.SetData("/p", "client"));
        first.Send(OpCode.CloseSession, []);
        _ensemble.Run();
        _ensemble.Kill(follower);

        var again = new TestClient(Leader).Connect(timeout: 40_000, session: first.SessionId, password: first.Password);
        again.Create("/later");
        Leader.MustFinish(1);

        Assert.Equal(ErrorCode.Ok, again.Exists("/later").Error);
        Assert.Equal("new", again.Get("/p").Data);
        Assert.Equal(1, Leader.Core.Status.Sessions);
    }

    [Fact]
    public void The_collector_passes_locked_containers_by()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { ContainerCheckInterval = 1_000 });
        var client = new TestClient(ensemble[1]).Connect(timeout: 40_000);
        client.Ask(OpCode.CreateContainer, Frames.Create("/c", "", 4));
        client.Create("/c/n");
        ensemble.Leader.MustPrepare(1, (OpCode.Create, Frames.Create("/c/m")));
        Assert.Equal(ErrorCode.Ok, client.Error(OpCode.Delete, Frames.PathVersion("/c/n")));
        ensemble.Advance(5_000);
        Assert.Equal(ErrorCode.Ok, client.Exists("/c").Error);
        ensemble.Leader.MustFinish(1, commit: false);
        ensemble.Advance(5_000);
        Assert.Equal(ErrorCode.NoNode, client.Exists("/c").Error);
    }
}

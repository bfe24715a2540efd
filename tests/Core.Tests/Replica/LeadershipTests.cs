using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Tests.Tree;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Replica;

public class LeadershipTests
{
    [Fact]
    public void A_new_leader_starts_clean_and_keeps_sessions_with_their_whole_timeout()
    {
        var ensemble = new TestEnsemble(3);
        var client = new TestClient(ensemble[1]).Connect(timeout: 6_000);
        var other = new TestClient(ensemble[3]).Connect(timeout: 6_000);
        client.Create("/e", flags: 1);
        ensemble.Advance(3_000);

        // Proposals of the old leader that reach nobody.
        ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        ensemble.Hold(ensemble[3], ensemble[1]);
        ensemble.Hold(ensemble[3], ensemble[2]);
        other.Send(OpCode.Create, Frames.Create("/lost"));
        other.Send(OpCode.Delete, Frames.PathVersion("/e"));
        ensemble.Run();
        ensemble.Kill(ensemble[3]);
        ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        ensemble.Run();
        Assert.Equal("this server has lost its leader", client.ClosedFor);
        Assert.All(ensemble.Servers.Take(2), s => Assert.Equal(0, s.Core.Status.Connections));

        ensemble.Elect(2);
        var again = new TestClient(ensemble[2]).Connect(session: client.SessionId, password: client.Password);
        Assert.Equal((client.SessionId, 6_000), (again.SessionId, again.Timeout));
        Assert.Equal(ErrorCode.NoNode, again.Exists("/lost").Error);
        Assert.Equal(ErrorCode.NoChildrenForEphemerals, again.Error(OpCode.Create, Frames.Create("/e/x")));

        // The other session's client has the whole timeout again, then it expires.
        ensemble.Advance(5_500, () => again.SendRaw(Frames.Request(ReservedXid.Ping, OpCode.Ping, [])));
        Assert.Equal(2, ensemble[2].Core.Status.Sessions);
        ensemble.Advance(3_000, () => again.SendRaw(Frames.Request(ReservedXid.Ping, OpCode.Ping, [])));
        Assert.Equal(1, ensemble[2].Core.Status.Sessions);
        Assert.Null(again.ClosedFor);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 99 })]
    [InlineData(new byte[] { 1, 1, 2, 3 })]
    public void A_message_that_cannot_be_read_parts_two_servers_and_ends_neither(byte[] garbage)
    {
        var ensemble = new TestEnsemble(3);
        var client = new TestClient(ensemble[1]).Connect();
        Assert.Equal(3, ensemble.Leader.Id.Value);

        // To the leader, with a client's write.
        ensemble.NextApplicationMessage = garbage;
        client.Send(OpCode.Create, Frames.Create("/garbled"));
        ensemble.Run();
        Assert.Equal("this server has lost its leader", client.ClosedFor);
        Assert.Equal((ZabRole.Looking, ZabRole.Following, ZabRole.Leading), (ensemble[1].Core.Status.Role, ensemble[2].Core.Status.Role, ensemble[3].Core.Status.Role));

        // From the leader, with the answer to one.
        var other = new TestClient(ensemble[2]).Connect();
        other.Send(OpCode.Create, Frames.Create("/answered"));
        while (ensemble[2].RunOne())
        {
        }

        ensemble.NextApplicationMessage = garbage;
        ensemble.Run();
        Assert.Equal("this server has lost its leader", other.ClosedFor);
        Assert.Equal(ZabRole.Looking, ensemble[2].Core.Status.Role);

        ensemble.Elect(3);
        Assert.Equal(ErrorCode.NoNode, new TestClient(ensemble[1]).Connect().Exists("/garbled").Error);
    }

    [Fact]
    public void A_write_under_way_when_the_leader_is_lost_is_never_answered_and_happens_at_most_once()
    {
        var ensemble = new TestEnsemble(3);
        var client = new TestClient(ensemble[1]).Connect();
        ensemble.Hold(ensemble[3], ensemble[1]);
        client.Send(OpCode.Create, Frames.Create("/n-", flags: 2));
        ensemble.Run();
        ensemble.Cut(ensemble[1], ensemble[3]);
        Assert.Empty(client.Take());
        Assert.Equal("this server has lost its leader", client.ClosedFor);
        Assert.True(ensemble[3].Core.Status.Serving);

        ensemble.Heal(ensemble[1], ensemble[3]);
        ensemble[1].Step(new ReplicaInput.Zab(new ZabInput.Elected(ensemble[3].Id)));
        ensemble.Run();
        Assert.True(ensemble[1].Core.Status.Serving);
        Assert.Equal(0, ensemble[1].Core.Status.Outstanding);
        var again = new TestClient(ensemble[1]).Connect(session: client.SessionId, password: client.Password);
        Assert.Equal(["n-0000000000", "zookeeper"], again.Children("/"));
        Assert.Equal("/m-0000000001", again.Create("/m-", flags: 2));
    }

    [Fact]
    public void A_follower_that_missed_much_serves_the_same_tree_after_it_is_back()
    {
        var ensemble = new TestEnsemble(3);
        var client = new TestClient(ensemble[2]).Connect();
        ensemble.Kill(ensemble[1]);
        for (var i = 0; i < 50; i++)
        {
            client.Create($"/n{i}", flags: i % 2);
        }

        ensemble[1].Restart();
        ensemble[1].Step(new ReplicaInput.Zab(new ZabInput.Elected(ensemble[3].Id)));
        ensemble.Run();

        Assert.True(ensemble[1].Core.Status.Serving);
        Assert.Single(ensemble.Servers.Select(s => TreeText.Of(s.State.Tree)).Distinct());
        Assert.Equal(ErrorCode.Ok, new TestClient(ensemble[1]).Connect().Exists("/n49").Error);
    }

    [Fact]
    public void A_server_ahead_of_the_elected_leader_loads_its_state_again()
    {
        var ensemble = new TestEnsemble(3);
        var client = new TestClient(ensemble[3]).Connect();
        ensemble.Hold(ensemble[3], ensemble[1]);
        ensemble.Hold(ensemble[3], ensemble[2]);
        client.Send(OpCode.Create, Frames.Create("/lost"));
        ensemble.Run();
        ensemble.Kill(ensemble[3]);

        // It comes back with a transaction that was never committed, and has applied it, as a server does at its start.
        ensemble.Elect(2);
        new TestClient(ensemble[2]).Connect().Create("/kept");
        ensemble[3].Restart();
        Assert.True(ensemble[3].State.Tree.TryFind("/lost"u8, out _));
        ensemble[3].Step(new ReplicaInput.Zab(new ZabInput.Elected(ensemble[2].Id)));
        ensemble.Run();
        if (!ensemble[3].Core.Status.Serving)
        {
            ensemble[3].Step(new ReplicaInput.Zab(new ZabInput.Elected(ensemble[2].Id)));
            ensemble.Run();
        }

        Assert.True(ensemble[3].Core.Status.Serving);
        Assert.Single(ensemble.Servers.Select(s => TreeText.Of(s.State.Tree)).Distinct());
        Assert.Equal(["kept", "zookeeper"], new TestClient(ensemble[3]).Connect().Children("/"));
    }

    [Fact]
    public void Shutting_down_closes_clients_takes_no_new_ones_and_hands_leadership_over()
    {
        var ensemble = new TestEnsemble(3);
        var client = new TestClient(ensemble.Leader).Connect();
        var leader = ensemble.Leader;
        leader.Step(new ReplicaInput.ShutDown());
        ensemble.Run();

        Assert.Equal("this server is shutting down", client.ClosedFor);
        Assert.All(ensemble.Servers, s => Assert.Equal(ZabRole.Looking, s.Core.Status.Role));
        var late = new TestClient(leader).Connect();
        Assert.Equal("this server is shutting down; try another server", late.ClosedFor);
    }

    [Fact]
    public void A_server_without_a_leader_serves_reads_to_who_asked_for_them()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { ReadOnlyMode = true });
        var client = new TestClient(ensemble[1]).Connect(readOnly: true);
        Assert.Equal(0, client.ConnectResponse[^1]);
        client.Create("/a", "x");
        ensemble.Kill(ensemble[3]);
        ensemble.Kill(ensemble[2]);
        Assert.Equal("this server has lost its leader", client.ClosedFor);

        TestClient[] writers = [new TestClient(ensemble[1]).Connect(readOnly: false), new TestClient(ensemble[1]).Connect(readOnly: null)];
        ensemble.Advance(1_000);
        Assert.All(writers, w => Assert.NotNull(w.ClosedFor));
        foreach (var reader in new[]
        {
            new TestClient(ensemble[1]).Connect(readOnly: true),
            new TestClient(ensemble[1]).Connect(session: client.SessionId, password: client.Password, readOnly: true),
        })
        {
            Assert.NotEqual(0, reader.SessionId);
            Assert.Equal(1, reader.ConnectResponse[^1]);
            Assert.Equal("x", reader.Get("/a").Data);
            Assert.Equal(ErrorCode.NotReadOnly, reader.Error(OpCode.Create, Frames.Create("/b")));
            Assert.Equal(ErrorCode.NotReadOnly, reader.Error(OpCode.Sync, Frames.Path("/")));
            var linearizable = reader.SendLinearizableGet("/a");
            Assert.Equal(ErrorCode.NotReadOnly, Assert.Single(reader.Received, r => r.Xid == linearizable).Error);
            reader.SendRaw(Frames.Request(ReservedXid.Ping, OpCode.Ping, []));
            Assert.Equal("-2:Ok", reader.Take()[^1]);
        }

        var leaving = new TestClient(ensemble[1]).Connect(readOnly: true);
        Assert.Equal(ErrorCode.Ok, leaving.Error(OpCode.CloseSession, []));
        Assert.NotNull(leaving.ClosedFor);
        Assert.NotNull(new TestClient(ensemble[1]).Connect(session: 77, readOnly: true).ClosedFor);

        var stays = new TestClient(ensemble[1]).Connect(readOnly: true);
        ensemble[2].Restart();
        ensemble.Elect(2);
        Assert.Equal("a leader is found", stays.ClosedFor);
        var again = new TestClient(ensemble[1]).Connect(session: client.SessionId, password: client.Password, readOnly: true);
        Assert.Equal((client.SessionId, 0), (again.SessionId, again.ConnectResponse[^1]));
    }
}

using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>Clients that ask a server for a session while it has no leader.</summary>
public sealed class AwaitingLeaderTests
{
    [Fact]
    public void Without_a_leader_a_client_waits_a_second_and_is_then_sent_to_another_server()
    {
        var ensemble = new TestEnsemble(3, elect: false);
        var client = new TestClient(ensemble[1]).Connect();
        ensemble.Advance(500);
        var later = new TestClient(ensemble[1]).Connect();
        client.Send(OpCode.Exists, Frames.PathWatch("/", watch: false));
        ensemble.Advance(499);
        Assert.Null(client.ClosedFor);

        ensemble.Advance(1);
        Assert.Equal(("this server has no leader; try another server", null), (client.ClosedFor, later.ClosedFor));
        ensemble.Advance(500);
        Assert.Equal("this server has no leader; try another server", later.ClosedFor);
        Assert.Empty(client.ConnectResponse.Concat(later.ConnectResponse));
        Assert.Equal((false, 0, 0), (ensemble[1].Core.Status.Serving, ensemble[1].Core.Status.Connections, ensemble[1].Core.Status.Outstanding));
    }

    [Fact]
    public void A_client_that_waits_gets_its_session_and_its_answers_when_a_leader_is_found()
    {
        var ensemble = new TestEnsemble(3, elect: false);
        var client = new TestClient(ensemble[1]).Connect();
        client.Send(OpCode.Create, Frames.Create("/early"));
        client.Send(OpCode.GetData, Frames.PathWatch("/early", watch: false));
        ensemble.Advance(900);
        Assert.Empty(client.ConnectResponse);

        ensemble.Elect(3);
        Assert.NotEqual(0, client.SessionId);
        Assert.Equal([ErrorCode.Ok, ErrorCode.Ok], client.Received.Select(static r => r.Error));

        // The wait is over for good.
        ensemble.Advance(2_000, () => client.SendRaw(Frames.Request(ReservedXid.Ping, OpCode.Ping, [])));
        Assert.Null(client.ClosedFor);
    }

    [Fact]
    public void A_session_that_a_silent_leader_was_asked_for_is_had_from_the_next_one()
    {
        var ensemble = new TestEnsemble(3);
        var before = new TestClient(ensemble[2]).Connect(timeout: 20_000);
        before.Create("/mine", flags: 1);

        // The leader hears nothing any more, and nobody knows yet.
        ensemble.Hold(ensemble[1], ensemble[3]);
        ensemble.Hold(ensemble[2], ensemble[3]);
        var old = new TestClient(ensemble[1]).Connect(session: before.SessionId, password: before.Password);
        var young = new TestClient(ensemble[1]).Connect();
        young.Send(OpCode.Create, Frames.Create("/young"));
        ensemble.Run();
        ensemble.Kill(ensemble[3]);
        Assert.Equal(("this server has lost its leader", null, null), (before.ClosedFor, old.ClosedFor, young.ClosedFor));
        Assert.Equal((0, 0), (old.ConnectResponse.Length, young.ConnectResponse.Length));

        ensemble.Elect(2);
        Assert.Equal((before.SessionId, 20_000), (old.SessionId, old.Timeout));
        Assert.Equal(before.SessionId, old.Exists("/mine").Stat.EphemeralOwner);
        Assert.Equal(ErrorCode.Ok, Assert.Single(young.Received).Error);
        Assert.NotEqual(old.SessionId, young.SessionId);
    }

    [Fact]
    public void A_client_that_has_not_asked_for_a_session_is_kept_when_the_leader_is_lost()
    {
        var ensemble = new TestEnsemble(3);
        var silent = new TestClient(ensemble[1]);
        ensemble.Kill(ensemble[3]);
        Assert.Null(silent.ClosedFor);

        ensemble.Elect(2);
        Assert.NotEqual(0, silent.Connect().SessionId);
    }

    [Fact]
    public void A_client_that_goes_while_it_waits_leaves_nothing_behind()
    {
        var ensemble = new TestEnsemble(3, elect: false);
        var client = new TestClient(ensemble[1]).Connect();
        client.Send(OpCode.Create, Frames.Create("/early"));
        client.Break();
        Assert.Equal((0, 0), (ensemble[1].Core.Status.Connections, ensemble[1].Core.Status.Outstanding));

        ensemble.Elect(3);
        Assert.Equal((0, ErrorCode.NoNode), (ensemble[3].Core.Status.Sessions, new TestClient(ensemble[3]).Connect().Exists("/early").Error));
    }

    [Fact]
    public void A_server_that_shuts_down_sends_those_away_who_wait()
    {
        var ensemble = new TestEnsemble(3, elect: false);
        var client = new TestClient(ensemble[1]).Connect();
        ensemble[1].Step(new ReplicaInput.ShutDown());
        Assert.Equal("this server is shutting down", client.ClosedFor);
    }
}

using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Sessions;

namespace GrainKeeper.Core.Tests.Replica;

public class SessionTests
{
    private const int Ephemeral = 1;
    private readonly TestEnsemble _ensemble = new(3);

    [Theory]
    [InlineData(1, 4_000)]
    [InlineData(4_000, 4_000)]
    [InlineData(12_345, 12_345)]
    [InlineData(1_000_000, 40_000)]
    [InlineData(-1, 4_000)]
    public void A_timeout_is_granted_between_2_and_20_ticks(int asked, int granted)
    {
        var client = new TestClient(_ensemble.Follower).Connect(asked);

        Assert.Equal(granted, client.Timeout);
    }

    [Fact]
    public void Explicit_limits_of_the_timeout_replace_those_of_the_tick()
    {
        var ensemble = new TestEnsemble(1, new ReplicaOptions { MinSessionTimeout = 100, MaxSessionTimeout = 500 });

        Assert.Equal(100, new TestClient(ensemble[1]).Connect(1).Timeout);
        Assert.Equal(500, new TestClient(ensemble[1]).Connect(9_999).Timeout);
    }

    [Fact]
    public void A_client_without_the_readOnly_byte_is_answered_without_it()
    {
        var old = new TestClient(_ensemble[1]).Connect(readOnly: null);
        var present = new TestClient(_ensemble[1]).Connect(readOnly: false);

        Assert.Equal((36, 37), (old.ConnectResponse.Length, present.ConnectResponse.Length));
        Assert.Equal(0, present.ConnectResponse[^1]);
    }

    [Fact]
    public void Sessions_of_all_servers_have_different_ids_with_the_server_in_front()
    {
        var clients = _ensemble.Servers.SelectMany(s => Enumerable.Range(0, 20).Select(_ => new TestClient(s).Connect())).ToList();

        Assert.Equal(60, clients.Select(c => c.SessionId).Distinct().Count());
        Assert.Equal([1L, 2L, 3L], clients.Select(c => c.SessionId >> 56).Distinct());
        Assert.All(_ensemble.Servers, s => Assert.Equal(60, s.Core.Status.Sessions));
    }

    [Fact]
    public void A_wrong_password_gets_no_session()
    {
        var client = new TestClient(_ensemble[1]).Connect();
        var thief = new TestClient(_ensemble[2]).Connect(session: client.SessionId, password: new byte[16]);

        Assert.Equal((0L, 0), (thief.SessionId, thief.Timeout));
        Assert.Equal(new byte[16], thief.Password);
        Assert.Equal("the session's password is wrong", thief.ClosedFor);
        Assert.Null(client.ClosedFor);
    }

    [Fact]
    public void A_session_that_never_was_has_expired()
    {
        var password = new byte[16];
        SessionPassword.Derive(_ensemble.Options.Secret.Span, 0x1_0000_0000, password);
        foreach (var server in _ensemble.Servers)
        {
            var client = new TestClient(server).Connect(session: 0x1_0000_0000, password: password);

            Assert.Equal((0L, 0), (client.SessionId, client.Timeout));
            Assert.Equal(new byte[16], client.Password);
            Assert.Equal("the session has expired", client.ClosedFor);
        }
    }

    [Fact]
    public void A_client_that_has_seen_more_than_the_server_must_try_another_one()
    {
        var client = new TestClient(_ensemble[1]).Connect(seen: 1L << 40);

        Assert.Empty(client.ConnectResponse);
        Assert.Contains("it must try another server", client.ClosedFor);
    }

    [Fact]
    public void A_session_of_a_silent_client_expires_with_its_ephemerals_and_the_client_learns_it()
    {
        var client = new TestClient(_ensemble.Follower).Connect();
        var witness = new TestClient(_ensemble.Leader).Connect();
        client.Create("/e", flags: Ephemeral);
        client.Create("/p");

        _ensemble.Advance(3_900, () => witness.Send(OpCode.Ping, []));
        Assert.Equal(ErrorCode.Ok, witness.Exists("/e").Error);
        Assert.Null(client.ClosedFor);

        _ensemble.Advance(2_200, () => witness.Send(OpCode.Ping, []));
        Assert.Equal("the session has expired", client.ClosedFor);
        Assert.Equal(ErrorCode.NoNode, witness.Exists("/e").Error);
        Assert.Equal(ErrorCode.Ok, witness.Exists("/p").Error);
        Assert.All(_ensemble.Servers, s => Assert.Equal((1L, 0L), (s.Core.Status.Sessions, s.Core.Status.Ephemerals)));

        var again = new TestClient(_ensemble.Follower).Connect(session: client.SessionId, password: client.Password);
        Assert.Equal((0L, "the session has expired"), (again.SessionId, again.ClosedFor));
    }

    [Fact]
    public void Pings_to_any_server_keep_a_session()
    {
        var clients = _ensemble.Servers.Select(s => new TestClient(s).Connect()).ToList();

        for (var i = 0; i < 20; i++)
        {
            _ensemble.Advance(1_500);
            clients.ForEach(c => c.SendRaw(Frames.Request(ReservedXid.Ping, OpCode.Ping, [])));
        }

        _ensemble.Run();
        Assert.All(clients, c => Assert.Null(c.ClosedFor));
        Assert.All(clients, c => Assert.Equal(20, c.Received.Count(r => r.Xid == ReservedXid.Ping && r.Error == ErrorCode.Ok)));
        Assert.Equal(3, _ensemble.Leader.Core.Status.Sessions);
    }

    [Fact]
    public void A_leader_that_was_paused_expires_nobody_before_it_has_heard_what_waited()
    {
        var client = new TestClient(_ensemble.Leader).Connect();
        var single = new TestEnsemble(1);
        var lonely = new TestClient(single[1]).Connect();

        // The host slept: its clock jumps, then the tick comes before the frames that waited.
        single.Jump(30_000);
        single[1].Step(new ReplicaInput.Tick());
        lonely.SendRaw(Frames.Request(ReservedXid.Ping, OpCode.Ping, []));
        single.Advance(2_500);

        Assert.Null(lonely.ClosedFor);
        Assert.Equal(1, single[1].Core.Status.Sessions);
        single.Advance(8_000);
        Assert.Equal("the session has expired", lonely.ClosedFor);
        Assert.Null(client.ClosedFor);
    }

    [Fact]
    public void A_client_that_comes_again_to_the_same_server_replaces_its_old_connection()
    {
        var old = new TestClient(_ensemble.Follower).Connect();
        old.Create("/e", flags: Ephemeral);
        var again = new TestClient(_ensemble.Follower).Connect(session: old.SessionId, password: old.Password, seen: old.Received[^1].Zxid);

        Assert.Equal("its client has connected again", old.ClosedFor);
        Assert.Equal((old.SessionId, old.Timeout), (again.SessionId, again.Timeout));
        Assert.Equal(old.Password, again.Password);
        Assert.Equal(ErrorCode.Ok, again.Error(OpCode.SetData, Frames.SetData("/e", "mine")));
        Assert.Equal(again.SessionId, again.Exists("/e").Stat.EphemeralOwner);
    }

    [Fact]
    public void A_session_moves_to_the_server_of_its_newest_connection()
    {
        foreach (var (from, to) in new[] { (1, 2), (2, 3), (3, 1) })
        {
            var old = new TestClient(_ensemble[from]).Connect();
            old.Create($"/e{from}", flags: Ephemeral);
            var moved = new TestClient(_ensemble[to]).Connect(session: old.SessionId, password: old.Password);
            Assert.Equal(old.SessionId, moved.SessionId);

            Assert.Equal(ErrorCode.Ok, old.Exists("/zookeeper").Error);
            Assert.Equal(ErrorCode.SessionMoved, old.Error(OpCode.Create, Frames.Create("/never")));
            Assert.Equal("the session has moved to another server", old.ClosedFor);

            Assert.Equal(ErrorCode.NoNode, moved.Exists("/never").Error);
            Assert.Equal(ErrorCode.Ok, moved.Error(OpCode.SetData, Frames.SetData($"/e{from}", "x")));
            Assert.Null(moved.ClosedFor);
        }
    }

    [Fact]
    public void An_old_connection_cannot_end_a_session_that_has_moved()
    {
        var old = new TestClient(_ensemble[1]).Connect();
        var moved = new TestClient(_ensemble[2]).Connect(session: old.SessionId, password: old.Password);

        Assert.Equal(ErrorCode.SessionMoved, old.Error(OpCode.CloseSession, []));
        Assert.Equal(ErrorCode.Ok, moved.Error(OpCode.Create, Frames.Create("/a")));
        Assert.All(_ensemble.Servers, s => Assert.Equal(1, s.Core.Status.Sessions));
    }

    [Fact]
    public void A_write_of_a_lost_connection_never_answers_for_one_of_the_same_number_on_the_next()
    {
        // Some clients number from 1 again on each connection.
        var follower = _ensemble.Follower;
        var first = new TestClient(follower).Connect();
        _ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        first.Send(OpCode.Create, Frames.Create("/first"));
        _ensemble.Run();
        first.Break();
        var second = new TestClient(follower).Connect(session: first.SessionId, password: first.Password);
        second.Send(OpCode.Create, Frames.Create("/second"));
        _ensemble.Run();
        Assert.Empty(second.Take());

        _ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        _ensemble.Run();
        Assert.Equal("/second", Assert.Single(second.Received).Path);
        Assert.Equal(ErrorCode.Ok, second.Exists("/first").Error);
    }

    [Fact]
    public void Closing_a_session_answers_then_closes_and_deletes_its_ephemerals_even_those_still_being_created()
    {
        var client = new TestClient(_ensemble.Follower).Connect();
        var watcher = new TestClient(_ensemble.Leader).Connect();
        client.Create("/e1", flags: Ephemeral);
        client.Create("/p");
        var create = client.Send(OpCode.Create, Frames.Create("/p/e2", flags: Ephemeral));
        var delete = client.Send(OpCode.Delete, Frames.PathVersion("/e1"));
        var again = client.Send(OpCode.Create, Frames.Create("/e1", flags: Ephemeral));
        var close = client.Send(OpCode.CloseSession, []);
        client.Send(OpCode.Create, Frames.Create("/after"));
        client.Received.Clear();
        _ensemble.Run();

        Assert.Equal([$"{create}:Ok", $"{delete}:Ok", $"{again}:Ok", $"{close}:Ok"], client.Take());
        Assert.Equal("the client closed its session", client.ClosedFor);
        Assert.Equal(["p", "zookeeper"], watcher.Children("/"));
        Assert.Empty(watcher.Children("/p"));
        Assert.All(_ensemble.Servers, s => Assert.Equal((1L, 0L), (s.Core.Status.Sessions, s.Core.Status.Ephemerals)));
    }

    [Fact]
    public void A_parent_can_be_deleted_right_behind_the_session_that_emptied_it()
    {
        var client = new TestClient(_ensemble.Leader).Connect();
        var other = new TestClient(_ensemble.Leader).Connect();
        client.Create("/p");
        client.Create("/p/e", flags: Ephemeral);
        _ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        client.Send(OpCode.CloseSession, []);
        var delete = other.Send(OpCode.Delete, Frames.PathVersion("/p"));
        _ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        _ensemble.Run();

        Assert.Equal([$"{delete}:Ok"], other.Take());
    }

    [Fact]
    public void Frames_sent_right_behind_the_ConnectRequest_wait_for_the_session()
    {
        var client = new TestClient(_ensemble.Follower);
        client.BeginConnect();
        var auth = client.Send(OpCode.Auth, Frames.Auth("digest", "joe:x"));
        var create = client.Send(OpCode.Create, Frames.Create("/a"));
        var read = client.Send(OpCode.Exists, Frames.PathWatch("/a"));
        Assert.Empty(client.ConnectResponse);
        _ensemble.Run();

        Assert.NotEqual(0, client.SessionId);
        Assert.Equal([$"{auth}:Ok", $"{create}:Ok", $"{read}:Ok"], client.Take());
    }

    [Fact]
    public void A_session_created_for_a_client_that_has_gone_expires()
    {
        var client = new TestClient(_ensemble.Follower);
        client.BeginConnect();
        client.Break();
        _ensemble.Run();
        Assert.Equal(1, _ensemble.Leader.Core.Status.Sessions);

        _ensemble.Advance(8_000);
        Assert.All(_ensemble.Servers, s => Assert.Equal(0, s.Core.Status.Sessions));
    }

    [Fact]
    public void A_connection_that_asks_for_no_session_is_closed()
    {
        var client = new TestClient(_ensemble.Leader);
        _ensemble.Advance(10_100);

        Assert.Equal("no ConnectRequest came within 10000 ms", client.ClosedFor);
    }

    [Fact]
    public void A_malformed_ConnectRequest_closes_the_connection()
    {
        var frame = Frames.Connect();
        for (var length = 0; length < frame.Length - 1; length++)
        {
            var client = new TestClient(_ensemble.Leader);
            client.SendRaw(frame[..length]);

            Assert.StartsWith("malformed ConnectRequest", client.ClosedFor);
        }
    }
}

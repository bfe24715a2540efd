using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>Reads that are answered only once a quorum has confirmed, after they came, that the leader leads.</summary>
public class LinearizableReadTests
{
    private readonly TestEnsemble _ensemble = new(3);

    private TestServer Leader => _ensemble[3];

    [Fact]
    public void A_server_that_lags_answers_once_it_has_what_was_committed_before_and_other_reads_at_once()
    {
        var writer = new TestClient(Leader).Connect();
        var reader = new TestClient(_ensemble[1]).Connect();
        var other = new TestClient(_ensemble[1]).Connect();
        writer.Create("/a", "old");
        _ensemble.Hold(Leader, _ensemble[1]);
        Set(writer, "new");

        var read = reader.SendLinearizableGet("/a");
        Assert.Equal("old", other.Get("/a").Data);
        Assert.DoesNotContain(reader.Received, r => r.Xid == read);

        _ensemble.Release(Leader, _ensemble[1]);
        Assert.Equal("new", AnswerTo(reader, read).Data);
    }

    [Fact]
    public void A_leader_that_has_been_replaced_and_does_not_know_it_answers_no_linearizable_read()
    {
        var cut = new TestClient(Leader).Connect();
        var other = new TestClient(Leader).Connect();
        cut.Create("/a", "old");
        Replace();
        Set(new TestClient(_ensemble[2]).Connect(), "new");

        var read = cut.SendLinearizableGet("/a");
        Assert.Equal("old", other.Get("/a").Data);
        Assert.DoesNotContain(cut.Received, r => r.Xid == read);

        _ensemble.Advance(_ensemble.Options.Zab.SyncTimeout + 1_000);
        Assert.Equal("this server has lost its leader", cut.ClosedFor);
        Assert.DoesNotContain(cut.Received, r => r.Xid == read);
    }

    [Fact]
    public void An_answer_on_its_way_from_before_the_read_confirms_nothing()
    {
        var client = new TestClient(Leader).Connect();
        client.Create("/a", "old");
        _ensemble.Hold(_ensemble[1], Leader);
        _ensemble.Hold(_ensemble[2], Leader);
        var before = client.SendLinearizableGet("/a");
        _ensemble.Run();
        Replace();
        Set(new TestClient(_ensemble[2]).Connect(), "new");

        // Both followers had answered the first read; what they have said since is that they leave.
        var after = client.SendLinearizableGet("/a");
        Assert.True(_ensemble.DeliverOne(_ensemble[1], Leader));
        Assert.Equal("old", AnswerTo(client, before).Data);
        while (client.ClosedFor is null && (_ensemble.DeliverOne(_ensemble[1], Leader) || _ensemble.DeliverOne(_ensemble[2], Leader)))
        {
        }

        Assert.Equal("this server has lost its leader", client.ClosedFor);
        Assert.DoesNotContain(client.Received, r => r.Xid == after);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Reads_stay_in_their_sessions_order(int server)
    {
        var client = new TestClient(_ensemble[server]).Connect();
        client.Create("/a", "0");
        client.Take();
        List<int> reads = [];
        for (var i = 1; i <= 5; i++)
        {
            reads.Add(client.SendLinearizableGet("/a"));
            client.Send(OpCode.SetData, Frames.SetData("/a", $"{i}"));
            client.Send(OpCode.Sync, Frames.Path("/a"));
            client.Send(OpCode.Exists, Frames.PathWatch("/a"));
        }

        _ensemble.Run();
        Assert.Equal(Enumerable.Range(2, 20).Select(xid => $"{xid}:Ok"), client.Received.Select(r => r.ToString()));
        Assert.Equal(["0", "1", "2", "3", "4"], reads.Select(r => AnswerTo(client, r).Data));
    }

    [Fact]
    public void A_later_write_of_the_session_confirms_a_read_before_it_which_does_not_show_it()
    {
        var client = new TestClient(Leader).Connect();
        client.Create("/a", "old");
        _ensemble.Hold(_ensemble[1], Leader);
        _ensemble.Hold(_ensemble[2], Leader);
        var first = client.SendLinearizableGet("/a");
        var second = client.SendLinearizableGet("/a", watch: true);
        var sync = client.Send(OpCode.Sync, Frames.Path("/a"));
        var write = client.Send(OpCode.SetData, Frames.SetData("/a", "new"));
        _ensemble.Run();
        client.Take();

        // The first round is over with this, and the second read waits for the next; but the follower has acknowledged the write already.
        Assert.True(_ensemble.DeliverOne(_ensemble[1], Leader));
        Assert.Equal([$"{first}:Ok"], client.Received.Select(r => r.ToString()));
        Assert.True(_ensemble.DeliverOne(_ensemble[1], Leader));
        Assert.Equal([$"{first}:Ok", $"{second}:Ok", $"{sync}:Ok", "NodeDataChanged /a", $"{write}:Ok"], client.Received.Select(r => r.ToString()));
        Assert.Equal("old", AnswerTo(client, second).Data);
        _ensemble.Release(_ensemble[1], Leader);
        Assert.Null(client.ClosedFor);
    }

    [Fact]
    public void Nothing_is_logged_and_reads_of_one_step_share_a_round()
    {
        var client = new TestClient(_ensemble[1]).Connect();
        client.Create("/a", "x");
        var appends = _ensemble.Servers.ConvertAll(s => s.Appends);
        var messages = 0;
        _ensemble.Sent = (_, envelope) => messages += envelope.Message is ZabMessage.Confirm or ZabMessage.Confirmed or ZabMessage.Application ? 1 : 0;

        client.SendRaw([.. Enumerable.Range(100, 50).Select(xid => Frames.Request(xid, OpCode.GetData, Frames.PathWatch("/a"), linearizable: true))]);
        _ensemble.Run();

        Assert.Equal(50, client.Received.Count(r => r is { Xid: >= 100, Error: ErrorCode.Ok, Data: "x" }));
        Assert.Equal(appends, _ensemble.Servers.ConvertAll(s => s.Appends));

        // To the leader and back, and from it to each follower and back.
        Assert.Equal(6, messages);
    }

    [Fact]
    public void A_server_alone_is_its_own_quorum()
    {
        var alone = new TestEnsemble(1);
        var client = new TestClient(alone[1]).Connect();
        client.Create("/a", "x");
        var read = client.SendLinearizableGet("/a");
        Assert.Equal("x", AnswerTo(client, read).Data);
    }

    [Fact]
    public void A_read_that_waits_when_the_leader_is_lost_is_not_answered()
    {
        var client = new TestClient(_ensemble[1]).Connect();
        client.Create("/a", "x");
        _ensemble.Hold(Leader, _ensemble[1]);
        var read = client.SendLinearizableGet("/a");
        _ensemble.Run();
        _ensemble.Kill(Leader);
        Assert.Equal("this server has lost its leader", client.ClosedFor);
        Assert.DoesNotContain(client.Received, r => r.Xid == read);

        _ensemble.Elect(2);
        var again = new TestClient(_ensemble[1]).Connect(session: client.SessionId, password: client.Password);
        read = again.SendLinearizableGet("/a");
        _ensemble.Run();
        Assert.Equal("x", AnswerTo(again, read).Data);
    }

    [Fact]
    public void Only_reads_can_be_linearizable()
    {
        var client = new TestClient(_ensemble[1]).Connect();
        client.SendRaw(Frames.Request(7, OpCode.Create, Frames.Create("/a"), linearizable: true));
        Assert.Equal("7:Unimplemented", Assert.Single(client.Take()));
        Assert.NotNull(client.ClosedFor);
        Assert.Equal(["zookeeper"], new TestClient(_ensemble[1]).Connect().Children("/"));
    }

    [Fact]
    public void A_linearizable_read_of_nonsense_is_answered_in_order()
    {
        var client = new TestClient(_ensemble[1]).Connect();
        client.SendRaw(Frames.Request(7, OpCode.GetData, [0, 0, 0, 9], linearizable: true), Frames.Request(8, OpCode.Exists, Frames.PathWatch("/")));
        _ensemble.Run();
        Assert.Equal(["7:MarshallingError", "8:Ok"], client.Take());
    }

    [Fact]
    public void A_confirmation_counts_once_what_was_committed_by_then_is_applied_and_for_all_who_asked_before()
    {
        var reads = new LinearizableReads();
        var clients = Enumerable.Range(1, 3).Select(i => new ClientConnection(new ConnectionId(i), Credentials.None)).ToArray();
        Assert.Equal([1, 2, 3], clients.Select(reads.Add));
        reads.Confirm(2, new Zxid(10));
        Assert.False(reads.TryTakeReady(new Zxid(9), out _));
        Assert.True(reads.TryTakeReady(new Zxid(10), out var first));
        Assert.True(reads.TryTakeReady(new Zxid(10), out var second));
        Assert.Equal((clients[0], clients[1]), (first, second));
        Assert.False(reads.TryTakeReady(new Zxid(11), out _));
        Assert.Equal((true, false), (reads.IsReady(2), reads.IsReady(3)));
        Assert.Throws<FormatException>(() => reads.Confirm(2, new Zxid(11)));
        Assert.Throws<FormatException>(() => reads.Confirm(4, new Zxid(11)));
    }

    private static Reply AnswerTo(TestClient client, int xid) => Assert.Single(client.Received, r => r.Xid == xid);

    private static void Set(TestClient client, string data) => Assert.Equal(ErrorCode.Ok, client.Error(OpCode.SetData, Frames.SetData("/a", data)));

    /// <summary>The followers elect another leader; the old one hears nothing of it.</summary>
    private void Replace()
    {
        foreach (var follower in new[] { _ensemble[1], _ensemble[2] })
        {
            _ensemble.Hold(follower, Leader);
            _ensemble.Hold(Leader, follower);
        }

        foreach (var follower in new[] { _ensemble[1], _ensemble[2] })
        {
            follower.Step(new ReplicaInput.Zab(new ZabInput.StepDown("the test says so")));
            follower.Step(new ReplicaInput.Zab(new ZabInput.Elected(_ensemble[2].Id)));
        }

        _ensemble.Run();
        Assert.True(_ensemble[2].Core.Status is { Role: ZabRole.Leading, Serving: true });
    }
}

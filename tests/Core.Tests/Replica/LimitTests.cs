using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Replica;

public class LimitTests
{
    [Fact]
    public void A_malformed_request_is_answered_in_order_and_changes_nothing()
    {
        var ensemble = new TestEnsemble(3);
        var bystander = new TestClient(ensemble.Follower).Connect();
        var bodies = new (OpCode Type, byte[] Body)[]
        {
            (OpCode.Create, Frames.Create("/a", "data")),
            (OpCode.CreateTtl, Frames.Create("/a", "data", 5, ttl: 5)),
            (OpCode.Delete, Frames.PathVersion("/a")),
            (OpCode.SetData, Frames.SetData("/a", "x")),
            (OpCode.SetAcl, Frames.SetAcl("/a", Core.Tree.AclList.Open)),
            (OpCode.Multi, Frames.Multi((OpCode.Create, Frames.Create("/a")), (OpCode.Check, Frames.PathVersion("/a")))),
            (OpCode.GetData, Frames.PathWatch("/")),
            (OpCode.GetAcl, Frames.Path("/")),
            (OpCode.Sync, Frames.Path("/")),
            (OpCode.AddWatch, Frames.PathMode("/", 0)),
            (OpCode.SetWatches, Frames.SetWatches(0, ["/"], [], ["/"])),
            (OpCode.MultiRead, Frames.Multi((OpCode.GetData, Frames.PathWatch("/")))),
        };
        var client = new TestClient(ensemble.Follower).Connect();
        foreach (var (type, body) in bodies)
        {
            for (var length = 0; length < body.Length; length++)
            {
                var before = client.Send(OpCode.SetData, Frames.SetData("/zookeeper", "x"));
                var malformed = client.Send(type, body[..length]);
                var after = client.Send(OpCode.Exists, Frames.PathWatch("/a"));
                ensemble.Run();

                Assert.Null(client.ClosedFor);
                Assert.Equal([$"{before}:Ok", $"{malformed}:MarshallingError", $"{after}:NoNode"], client.Take());
            }
        }

        Assert.Equal(["zookeeper"], bystander.Children("/"));
        Assert.Equal((2, 0), (ensemble.Follower.Core.Status.Connections, ensemble.Follower.Core.Status.Outstanding));
    }

    [Fact]
    public void Malformed_credentials_close_their_own_connection_only()
    {
        var ensemble = new TestEnsemble(3);
        var bystander = new TestClient(ensemble.Follower).Connect();
        var body = Frames.Auth("digest", "a:b");
        for (var length = 0; length < body.Length; length++)
        {
            var client = new TestClient(ensemble.Follower).Connect();
            client.Send(OpCode.Auth, body[..length]);

            Assert.StartsWith("malformed request: ", client.ClosedFor);
            Assert.Empty(client.Received);
        }

        ensemble.Run();
        Assert.Equal(["zookeeper"], bystander.Children("/"));
        Assert.Equal((1, 0), (ensemble.Follower.Core.Status.Connections, ensemble.Follower.Core.Status.Outstanding));
    }

    [Theory]
    [InlineData(13)]
    [InlineData(20)]
    [InlineData(999)]
    [InlineData(-10)]
    [InlineData(0)]
    public void An_unknown_operation_is_answered_in_order_then_closes(int type)
    {
        var ensemble = new TestEnsemble(3);
        var client = new TestClient(ensemble.Follower).Connect();
        var write = client.Send(OpCode.Create, Frames.Create("/a"));
        var unknown = client.Send((OpCode)type, Frames.PathVersion("/a"));
        client.Send(OpCode.Create, Frames.Create("/b"));
        ensemble.Run();

        Assert.Equal([$"{write}:Ok", $"{unknown}:Unimplemented"], client.Take());
        Assert.Equal($"operation {type} is not known", client.ClosedFor);
    }

    [Fact]
    public void Sasl_is_not_offered()
    {
        var ensemble = new TestEnsemble(1);
        var client = new TestClient(ensemble[1]).Connect();

        Assert.Equal(ErrorCode.AuthFailed, client.Error(OpCode.Sasl, [0, 0, 0, 0]));
        Assert.Equal("authentication failed", client.ClosedFor);
    }

    [Fact]
    public void A_frame_above_the_limit_closes_the_connection()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { MaxFrame = 2_000 });
        var client = new TestClient(ensemble.Follower).Connect();
        Assert.Equal(ErrorCode.Ok, client.Error(OpCode.Create, Frames.Create("/a", new string('x', 1_900))));
        client.Send(OpCode.Create, Frames.Create("/b", new string('x', 2_000)));

        Assert.Contains("exceeds the limit of 2000", client.ClosedFor);
    }

    [Fact]
    public void A_client_with_too_much_under_way_is_paused_and_resumed()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { MaxOutstandingRequests = 100 });
        var client = new TestClient(ensemble.Follower).Connect();
        var other = new TestClient(ensemble.Follower).Connect();
        ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        for (var i = 0; i < 99; i++)
        {
            client.Send(OpCode.Create, Frames.Create($"/n{i}"));
        }

        Assert.False(client.Paused);
        client.Send(OpCode.Create, Frames.Create("/last"));
        Assert.True(client.Paused);
        other.Send(OpCode.Create, Frames.Create("/other"));
        Assert.True(other.Paused);
        Assert.Equal(101, ensemble.Follower.Core.Status.Outstanding);

        ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        ensemble.Run();
        Assert.Equal((false, false), (client.Paused, other.Paused));
        Assert.Equal((100, 1), (client.Received.Count, other.Received.Count));
        Assert.All(client.Received, r => Assert.Equal(ErrorCode.Ok, r.Error));
        Assert.Equal(0, ensemble.Follower.Core.Status.Outstanding);
    }

    [Fact]
    public void A_client_that_goes_on_although_paused_is_closed()
    {
        var ensemble = new TestEnsemble(1, new ReplicaOptions { MaxOutstandingRequests = 10 });
        var client = new TestClient(ensemble[1]).Connect();
        var other = new TestClient(ensemble[1]).Connect();
        ensemble[1].DiskAnswers = false;
        for (var i = 0; i < 161; i++)
        {
            Assert.Null(client.ClosedFor);
            client.Send(OpCode.Create, Frames.Create($"/n{i}"));
        }

        Assert.Contains("though the connection was told to pause", client.ClosedFor);
        ensemble[1].DiskAnswers = true;
        ensemble.Run();
        Assert.Null(other.ClosedFor);
        Assert.Equal(0, ensemble[1].Core.Status.Outstanding);
    }

    [Fact]
    public void A_leader_without_room_for_proposals_holds_requests_back_in_order()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { Zab = new ZabOptions { MaxOutstanding = 4 } });
        var clients = ensemble.Servers.Select(s => new TestClient(s).Connect()).ToList();
        ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        var expected = clients.Select(_ => new List<string>()).ToList();
        for (var i = 0; i < 20; i++)
        {
            for (var c = 0; c < 3; c++)
            {
                expected[c].Add($"{clients[c].Send(OpCode.Create, Frames.Create($"/c{c}-", flags: 2))}:Ok");
                if (i % 5 == 0)
                {
                    expected[c].Add($"{clients[c].Send(OpCode.Sync, Frames.Path("/"))}:Ok");
                }
            }
        }

        // Longer than a round keeps those behind it waiting, so that it is the limit that does.
        ensemble.Run();
        ensemble.Advance(10);
        Assert.Equal(4, ensemble.Leader.Core.Status.Proposals);
        ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        ensemble.Run();
        for (var c = 0; c < 3; c++)
        {
            Assert.Equal(expected[c], clients[c].Take());
        }

        Assert.Equal(60 + 1, clients[0].Children("/").Length);
        Assert.Equal(0, ensemble.Leader.Core.Status.Proposals);
    }

    [Fact]
    public void A_session_with_more_ephemerals_than_fit_a_transaction_ends_in_several()
    {
        foreach (var mostOutstanding in new[] { 3, 1_000 })
        {
            var ensemble = new TestEnsemble(3, new ReplicaOptions
            {
                MaxFrame = 10_000, MaxTxnBytes = 80_000, Zab = new ZabOptions { MaxOutstanding = mostOutstanding },
            });
            var client = new TestClient(ensemble.Follower).Connect();
            var other = new TestClient(ensemble[1]).Connect();
            client.Create("/p");
            for (var i = 0; i < 600; i++)
            {
                client.Send(OpCode.Create, Frames.Create($"/p/{new string('x', 200)}{i}", flags: 1));
            }

            ensemble.Run();
            Assert.Equal(600, ensemble.Leader.Core.Status.Ephemerals);
            var close = client.Send(OpCode.CloseSession, []);
            var behind = other.Send(OpCode.Create, Frames.Create("/behind"));
            client.Received.Clear();

            // After the round of so many the next rests.
            ensemble.Run();
            ensemble.Advance(ProposalRounds.Rest);

            Assert.Equal([$"{close}:Ok"], client.Take());
            Assert.Equal([$"{behind}:Ok"], other.Take());
            Assert.All(ensemble.Servers, s => Assert.Equal((1L, 0L), (s.Core.Status.Sessions, s.Core.Status.Ephemerals)));
            Assert.All(ensemble.Leader.Log, t => Assert.InRange(t.Payload.Length, 0, 80_000));
            Assert.Equal(ErrorCode.Ok, other.Error(OpCode.Delete, Frames.PathVersion("/p")));
        }
    }

    [Fact]
    public void A_multi_whose_transaction_would_grow_too_large_fails()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { MaxFrame = 10_000, MaxTxnBytes = 80_000 });
        var client = new TestClient(ensemble.Follower).Connect();
        for (var i = 0; i < 60; i++)
        {
            client.Ask(OpCode.Auth, Frames.Auth("digest", $"user{i}:x"));
        }

        var acl = Frames.Acl(Core.Tree.Permissions.All, "auth", "");
        var reply = client.Ask(OpCode.Multi, Frames.Multi([.. Enumerable.Range(0, 100).Select(i => (OpCode.Create, Frames.Create($"/n{i}", acl: acl)))]));

        var failed = Array.IndexOf(reply.Results, "Error -8");
        Assert.InRange(failed, 10, 99);
        Assert.Equal(
            Enumerable.Range(0, 100).Select(i => i < failed ? "Error 0" : i == failed ? "Error -8" : "Error -2"), reply.Results);
        Assert.Equal(["zookeeper"], client.Children("/"));
        Assert.All(ensemble.Leader.Log, t => Assert.InRange(t.Payload.Length, 0, 80_000));
    }

    [Fact]
    public void A_bad_option_is_named_with_its_limits()
    {
        var good = new ReplicaOptions { Secret = new byte[16] };
        foreach (var (bad, name) in new[]
        {
            (good with { TickTime = 0 }, "TickTime"),
            (good with { MaxFrame = 10 }, "MaxFrame"),
            (good with { MaxOutstandingRequests = 0 }, "MaxOutstandingRequests"),
            (good with { SnapshotEvery = 0 }, "SnapshotEvery"),
            (good with { MinSessionTimeout = 5_000, MaxSessionTimeout = 4_000 }, "MaxSessionTimeout"),
            (good with { MaxFrame = 100_000, MaxTxnBytes = 110_000 }, "MaxTxnBytes"),
            (good with { Secret = new byte[15] }, "secret"),
            (good with { Tree = "" }, "tree"),
        })
        {
            var exception = Assert.Throws<ArgumentException>(() => ReplicaOptionsRule.Check(bad));
            Assert.Contains(name, exception.Message);
        }
    }
}

using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Tests.Tree;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>Faults that ZooKeeper's servers once had where synchronization meets the tree and sessions.</summary>
public class KnownBugTests
{
    private const int Ephemeral = 1;

    // Broken to prove it: UPTODATE without its commit. Server 1 served an old tree.
    [Fact]
    public void ZOOKEEPER_3023_a_server_that_comes_back_takes_no_client_before_it_shows_all_that_was_committed_without_it()
    {
        var ensemble = new TestEnsemble(3);
        var writer = new TestClient(ensemble[3]).Connect();
        ensemble.Kill(ensemble[1]);
        for (var i = 0; i < 5; i++)
        {
            writer.Create($"/n{i}");
        }

        ensemble[1].Restart();
        ensemble.Hold(ensemble[3], ensemble[1]);
        ensemble[1].Step(new ReplicaInput.Zab(new ZabInput.Elected(ensemble[3].Id)));
        ensemble.Run();
        var early = new List<TestClient>();
        var served = false;
        while (!served)
        {
            early.Add(new TestClient(ensemble[1]).Connect());
            Assert.All(early, c => Assert.Empty(c.ConnectResponse));
            Assert.True(ensemble.DeliverOne(ensemble[3], ensemble[1]), "the server never came to serve");
            served = ensemble[1].Core.Status.Serving;
        }

        Assert.Single(ensemble.Servers.Select(s => TreeText.Of(s.State.Tree)).Distinct());
        ensemble.Release(ensemble[3], ensemble[1]);
        Assert.All(early, c => Assert.Equal(["n0", "n1", "n2", "n3", "n4", "zookeeper"], c.Children("/").Order()));
    }

    // Broken to prove it: requests under way kept when the leader is lost. The outcome of the second session went to the first client's entry, and
    // the second client never got an answer.
    [Fact]
    public void ZOOKEEPER_2926_a_session_under_way_when_its_server_loses_the_leader_ends_and_each_client_gets_one_of_its_own()
    {
        var ensemble = new TestEnsemble(3);
        ensemble.Hold(ensemble[3], ensemble[1]);
        var first = new TestClient(ensemble[1]);
        first.BeginConnect();
        ensemble.Run();
        Assert.Equal(1, ensemble[3].Core.Status.Sessions);
        ensemble.Cut(ensemble[1], ensemble[3]);
        Assert.Equal((0L, null), (first.SessionId, first.ClosedFor));

        ensemble.Heal(ensemble[1], ensemble[3]);
        ensemble[1].Step(new ReplicaInput.Zab(new ZabInput.Elected(ensemble[3].Id)));
        ensemble.Run();
        var second = new TestClient(ensemble[1]).Connect();
        Assert.Equal("/e", second.Create("/e", flags: Ephemeral));
        var created = Created(ensemble[2]);
        Assert.Equal(3, created.Distinct().Count());
        Assert.Equal([.. created.Skip(1)], new[] { first.SessionId, second.SessionId });

        // Nobody heard of the one that was under way: it ends, once, and takes nothing of the others along.
        ensemble.Advance(8_000, () =>
        {
            first.Send(OpCode.Ping, []);
            second.Send(OpCode.Ping, []);
        });
        Assert.All(ensemble.Servers, s => Assert.Equal((2L, 1L), (s.Core.Status.Sessions, s.Core.Status.Ephemerals)));
        Assert.Equal((null, null), (first.ClosedFor, second.ClosedFor));
        Assert.Single(Headers(ensemble[2]), h => h.Type == OpCode.CloseSession);
    }

    // Broken to prove it: a closing session may be attached. The client was given it for a moment.
    [Fact]
    public void ZOOKEEPER_2926_a_session_that_is_closing_is_not_brought_back_by_a_late_sign_of_life_or_a_reconnect()
    {
        var ensemble = new TestEnsemble(3);
        var client = new TestClient(ensemble[1]).Connect();
        client.Create("/e", flags: Ephemeral);
        ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        client.Send(OpCode.CloseSession, []);
        ensemble.Run();
        var again = new TestClient(ensemble[2]);
        again.BeginConnect(session: client.SessionId, password: client.Password);
        ensemble.Run();
        ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        ensemble.Run();

        Assert.Equal((0L, "the session has expired"), (again.SessionId, again.ClosedFor));
        Assert.All(ensemble.Servers, s => Assert.Equal((0L, 0L), (s.Core.Status.Sessions, s.Core.Status.Ephemerals)));
        Assert.Single(Created(ensemble[2]));
    }

    // Broken to prove it: what is durable but not applied dropped from memory. Server 1 skipped the session's end, which the invariants saw. And
    // UPTODATE without its commit: both ephemerals stayed.
    [Fact]
    public void ZOOKEEPER_2355_an_ephemeral_goes_everywhere_although_a_follower_lost_the_leader_between_proposal_and_commit_of_its_end()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { Zab = new ZabOptions { RecentTxns = 1 } });
        var client = new TestClient(ensemble[3]).Connect();
        client.Create("/e1", flags: Ephemeral);
        client.Create("/e2", flags: Ephemeral);
        var other = new TestClient(ensemble[3]).Connect();

        // Server 1 has the proposal of the end on its disk; the commit and what follows never reach it.
        ensemble.Hold(ensemble[3], ensemble[1]);
        client.Send(OpCode.CloseSession, []);
        other.Send(OpCode.Create, Frames.Create("/after"));
        other.Send(OpCode.Create, Frames.Create("/after2"));
        ensemble.Run();
        while (Headers(ensemble[1])[^1].Type != OpCode.CloseSession)
        {
            Assert.True(ensemble.DeliverOne(ensemble[3], ensemble[1]));
        }

        ensemble.Cut(ensemble[1], ensemble[3]);
        Assert.Equal(2, ensemble[1].Core.Status.Ephemerals);
        ensemble.Heal(ensemble[1], ensemble[3]);
        ensemble[1].Step(new ReplicaInput.Zab(new ZabInput.Elected(ensemble[3].Id)));
        ensemble.Run();

        Assert.True(ensemble[1].Core.Status.Serving);
        Assert.All(ensemble.Servers, s => Assert.Equal(0, s.Core.Status.Ephemerals));
        Assert.Single(ensemble.Servers.Select(s => TreeText.Of(s.State.Tree)).Distinct());
        Assert.Equal(["after", "after2", "zookeeper"], new TestClient(ensemble[1]).Connect().Children("/").Order());
    }

    private static List<TxnHeader> Headers(TestServer server) => [.. server.Log.Select(t => new TxnReader(t.Payload.Span).Header)];

    private static List<long> Created(TestServer server) =>
        [.. Headers(server).Where(h => h.Type == OpCode.CreateSession).Select(h => h.SessionId)];
}

using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Tests.Tree;

namespace GrainKeeper.Core.Tests.Replica;

public class HousekeepingTests
{
    [Fact]
    public void The_leader_deletes_containers_that_became_empty_and_ttl_nodes_left_alone()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { ContainerCheckInterval = 10_000 });
        var client = new TestClient(ensemble.Follower).Connect(timeout: 40_000);
        client.Ask(OpCode.CreateContainer, Frames.Create("/used", flags: 4));
        client.Create("/used/x");
        client.Ask(OpCode.CreateContainer, Frames.Create("/fresh", flags: 4));
        client.Ask(OpCode.CreateContainer, Frames.Create("/busy", flags: 4));
        client.Create("/busy/x");
        client.Ask(OpCode.CreateTtl, Frames.Create("/short", flags: 5, ttl: 3_000));
        client.Ask(OpCode.CreateTtl, Frames.Create("/parent", flags: 5, ttl: 3_000));
        client.Create("/parent/x");
        client.Ask(OpCode.CreateTtl, Frames.Create("/long", flags: 5, ttl: 1_000_000));
        client.Error(OpCode.Delete, Frames.PathVersion("/used/x"));
        Assert.Equal(0, client.Exists("/short").Stat.EphemeralOwner);
        var watcher = new TestClient(ensemble[1]).Connect(timeout: 40_000);
        watcher.Exists("/used", watch: true);
        watcher.Received.Clear();

        ensemble.Advance(11_000);
        Assert.Equal(["busy", "fresh", "long", "parent", "zookeeper"], client.Children("/"));
        Assert.Equal(["NodeDeleted /used"], watcher.Take());
        client.Error(OpCode.Delete, Frames.PathVersion("/parent/x"));
        ensemble.Advance(11_000);
        Assert.Equal(["busy", "fresh", "long", "zookeeper"], client.Children("/"));
        Assert.Single(ensemble.Servers.Select(s => TreeText.Of(s.State.Tree)).Distinct());
    }

    [Fact]
    public void What_was_touched_since_it_was_found_is_not_collected()
    {
        var ensemble = new TestEnsemble(1, new ReplicaOptions { ContainerCheckInterval = 10_000 });
        var client = new TestClient(ensemble[1]).Connect(timeout: 40_000);
        client.Ask(OpCode.CreateTtl, Frames.Create("/t", flags: 5, ttl: 3_000));
        client.Ask(OpCode.CreateContainer, Frames.Create("/c", flags: 4));
        client.Create("/c/x");
        client.Error(OpCode.Delete, Frames.PathVersion("/c/x"));
        ensemble.Advance(9_500);

        // Proposed but not applied when the collector looks at the tree.
        ensemble[1].DiskAnswers = false;
        client.Send(OpCode.SetData, Frames.SetData("/t", "alive"));
        client.Send(OpCode.Create, Frames.Create("/c/y"));
        ensemble.Advance(1_000);
        ensemble[1].DiskAnswers = true;
        ensemble.Run();
        Assert.Equal(["c", "t", "zookeeper"], client.Children("/"));
    }

    [Fact]
    public void A_check_deletes_no_more_than_its_limit()
    {
        var ensemble = new TestEnsemble(1, new ReplicaOptions { ContainerCheckInterval = 10_000, ContainerMaxPerCheck = 300 });
        var client = new TestClient(ensemble[1]).Connect(timeout: 40_000);
        for (var i = 0; i < 1_000; i++)
        {
            client.Send(OpCode.CreateTtl, Frames.Create($"/t{i}", flags: 5, ttl: 1));
        }

        ensemble.Run();
        ensemble.Advance(11_000);
        Assert.Equal(1_000 - 300 + 1, client.Children("/").Length);
        ensemble.Advance(30_000, () => client.SendRaw(Frames.Request(ReservedXid.Ping, OpCode.Ping, [])));
        Assert.Equal(["zookeeper"], client.Children("/"));
    }

    [Fact]
    public void A_snapshot_restores_nodes_and_sessions_whatever_is_written_meanwhile()
    {
        var ensemble = new TestEnsemble(1);
        var server = ensemble[1];
        var client = new TestClient(server).Connect();
        new TestClient(server).Connect();
        for (var i = 0; i < 400; i++)
        {
            client.Send(OpCode.Create, Frames.Create($"/n{i}", new string('x', 10_000), i % 2));
        }

        ensemble.Run();
        server.Step(new ReplicaInput.BeginSnapshot());
        server.Step(new ReplicaInput.BeginSnapshot());
        Assert.Single(server.Chunks);
        var zxid = server.State.LastApplied;
        for (var i = 0; !server.Chunks[^1].Last; i++)
        {
            client.Send(OpCode.Create, Frames.Create($"/during{i}"));
            client.Send(OpCode.Delete, Frames.PathVersion($"/n{i}"));
            client.Send(OpCode.SetData, Frames.SetData($"/n{399 - i}", "changed"));
            var late = new TestClient(server);
            late.BeginConnect();
            ensemble.Run();

            // After the round of 400 the next one rests.
            ensemble.Advance(ProposalRounds.Rest);
            Assert.Equal(zxid.Value + (4 * (i + 1)), server.State.LastApplied.Value);
            server.Step(new ReplicaInput.ContinueSnapshot());
        }

        Assert.InRange(server.Chunks.Count, 4, 8);
        Assert.All(server.Chunks, c => Assert.InRange(c.Data.Length, 1, 1_200_000));
        Assert.All(server.Chunks, c => Assert.Equal(zxid, c.Zxid));
        var restored = new ReplicaState();
        var writer = restored.BeginRestore();
        server.Chunks.ForEach(c => writer.Write(c.Data.Span));
        writer.Complete(zxid);
        Assert.Equal(zxid, restored.LastApplied);
        foreach (var txn in server.Log)
        {
            restored.Replay(txn);
        }

        Assert.True(restored.Tree.IsExact);
        Assert.Equal(TreeText.Of(server.State.Tree), TreeText.Of(restored.Tree));
        Assert.Equal(server.State.Sessions.ToSortedArray(), restored.Sessions.ToSortedArray());

        // The last slice is not written yet, and a disk that is slow may take as long as another snapshot needs to become due.
        var chunks = server.Chunks.Count;
        server.Step(new ReplicaInput.BeginSnapshot());
        Assert.Equal(chunks, server.Chunks.Count);
        server.Step(new ReplicaInput.ContinueSnapshot());
        server.Step(new ReplicaInput.ContinueSnapshot());
        Assert.Equal(chunks, server.Chunks.Count);
        server.Step(new ReplicaInput.BeginSnapshot());
        Assert.Equal(chunks + 1, server.Chunks.Count);
        Assert.Equal(server.State.LastApplied, server.Chunks[^1].Zxid);
    }

    [Fact]
    public void A_damaged_slice_is_refused()
    {
        var writer = new ReplicaState().BeginRestore();

        Assert.Throws<FormatException>(() => writer.Write([]));
        Assert.Throws<FormatException>(() => writer.Write("X"u8));
        Assert.Throws<FormatException>(() => writer.Write("S"u8));
        Assert.Throws<FormatException>(() => writer.Write([(byte)'S', 1, 2]));
        Assert.Throws<FormatException>(() => writer.Complete(new Core.Quorum.Zxid(1)));
    }

    [Fact]
    public void A_server_takes_snapshots_by_itself_only_while_it_serves()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { SnapshotEvery = 40 });
        var client = new TestClient(ensemble.Leader).Connect();
        for (var i = 0; i < 100; i++)
        {
            client.Create($"/n{i}");
        }

        Assert.All(ensemble.Servers, s => Assert.InRange(s.Chunks.Count, 1, 1));
        ensemble[1].Chunks.Clear();
        ensemble.Kill(ensemble[3]);
        ensemble[2].Step(new ReplicaInput.BeginSnapshot());
        Assert.Single(ensemble[2].Chunks);
    }

    [Fact]
    public void A_tree_in_use_is_not_deleted_unless_its_node_has_data()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { SuperDigest = "super:0bX78nEegDzJM3ju0iLBEJdWzjg=" });
        var client = new TestClient(ensemble.Follower).Connect();
        client.Ask(OpCode.Auth, Frames.Auth("digest", "super:pw"));
        client.Create("/zookeeper/trees/a");
        client.Create("/zookeeper/trees/b");
        client.Create("/a");
        ensemble.Leader.Step(new ReplicaInput.TreesInUse(["a", "b"]));
        Assert.Equal(ErrorCode.NotEmpty, client.Error(OpCode.Delete, Frames.PathVersion("/zookeeper/trees/a")));
        Assert.Equal(ErrorCode.NoNode, client.Error(OpCode.Delete, Frames.PathVersion("/zookeeper/trees/c")));
        Assert.Equal(ErrorCode.NoAuth, new TestClient(ensemble.Follower).Connect().Error(OpCode.Delete, Frames.PathVersion("/zookeeper/trees/a")));
        Assert.Equal(ErrorCode.Ok, client.Error(OpCode.Delete, Frames.PathVersion("/a")));
        Assert.Equal(ErrorCode.Ok, client.Error(OpCode.SetData, Frames.SetData("/zookeeper/trees/a", "forced", -1)));
        Assert.Equal(ErrorCode.Ok, client.Error(OpCode.Delete, Frames.PathVersion("/zookeeper/trees/a")));

        // What was said last counts, and only what was said to the leader.
        ensemble.Leader.Step(new ReplicaInput.TreesInUse(["c"]));
        ensemble.Follower.Step(new ReplicaInput.TreesInUse(["b"]));
        Assert.Equal(ErrorCode.Ok, client.Error(OpCode.Delete, Frames.PathVersion("/zookeeper/trees/b")));
    }

    [Fact]
    public void The_root_tree_lists_trees_from_the_first_step_on()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { SuperDigest = "super:0bX78nEegDzJM3ju0iLBEJdWzjg=" });
        Assert.All(ensemble.Servers, s => Assert.Empty(s.Trees!));
        var client = new TestClient(ensemble.Follower).Connect();

        // An administrator's business: others may only look.
        Assert.Equal(ErrorCode.NoAuth, client.Error(OpCode.Create, Frames.Create("/zookeeper/trees/orders-2")));
        Assert.Empty(client.Children("/zookeeper/trees"));
        client.Ask(OpCode.Auth, Frames.Auth("digest", "super:pw"));
        client.Create("/zookeeper/trees/orders-2");
        var created = client.Exists("/zookeeper/trees/orders-2").Stat.Czxid;
        client.Create("/zookeeper/trees/a");
        client.Create("/zookeeper/trees/a/config");

        Assert.All(ensemble.Servers, s => Assert.Equal(["a", "orders-2"], s.Trees!.Select(t => t.Name)));
        Assert.All(ensemble.Servers, s => Assert.Equal(created, s.Trees![1].Created.Value));
        Assert.Equal(ErrorCode.NoAuth, new TestClient(ensemble.Follower).Connect().Error(OpCode.Delete, Frames.PathVersion("/zookeeper/trees/orders-2")));
        Assert.Equal(ErrorCode.Ok, client.Error(OpCode.Delete, Frames.PathVersion("/zookeeper/trees/orders-2")));
        Assert.All(ensemble.Servers, s => Assert.Equal(["a"], s.Trees!.Select(t => t.Name)));

        ensemble.Kill(ensemble[1]);
        ensemble[1].Restart();
        ensemble[1].Step(new ReplicaInput.Tick());
        Assert.Equal(["a"], ensemble[1].Trees!.Select(t => t.Name));
    }

    [Fact]
    public void Another_tree_lists_nothing_and_names_its_nodes_freely()
    {
        var ensemble = new TestEnsemble(1, new ReplicaOptions { Tree = "orders", SkipAcl = true });
        var client = new TestClient(ensemble[1]).Connect();
        client.Create("/zookeeper/trees/Any Name", flags: 1);

        Assert.Null(ensemble[1].Trees);
        Assert.Equal("orders", ensemble[1].Core.Status.Tree);
    }

    [Fact]
    public void The_same_inputs_give_the_same_bytes()
    {
        Assert.Equal(RunOnce(), RunOnce());

        static string RunOnce()
        {
            var ensemble = new TestEnsemble(3);
            var clients = ensemble.Servers.SelectMany(s => Enumerable.Range(0, 5).Select(_ => new TestClient(s).Connect())).ToList();
            foreach (var client in clients)
            {
                client.Send(OpCode.Create, Frames.Create("/n-", flags: 3));
            }

            ensemble.Run();
            ensemble.Advance(9_000);
            return string.Join('\n', ensemble.Servers.SelectMany(s => s.Log.Select(t => t.Zxid + Convert.ToHexString(t.Payload.Span))));
        }
    }
}

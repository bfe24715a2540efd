using System.Buffers.Binary;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Replica.Results;
using GrainKeeper.Core.Tests.Tree;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Replica.Results;

/// <summary>Sessions that number their writes and send them again when an answer is missing.</summary>
public class RepeatTests
{
    private const int Sequential = 2;

    [Fact]
    public void A_write_that_is_sent_again_at_another_server_is_done_once_and_gets_its_first_answer()
    {
        var ensemble = new TestEnsemble(3);
        var client = Open(ensemble[1]);
        var first = client.Write(1, OpCode.Create2, Frames.Create("/n-", flags: Sequential))!;
        var failed = client.Write(2, OpCode.Create, Frames.Create("/none/x"))!;
        Assert.Equal(("/n-0000000000", ErrorCode.NoNode), (first.Path, failed.Error));

        // What was refused would succeed now.
        new TestClient(ensemble[3]).Connect().Create("/none");
        var again = Again(ensemble[2], client);
        var proposed = ensemble[3].Log.Count;
        Assert.Equal(first.Frame, again.Write(1, OpCode.Create2, Frames.Create("/n-", flags: Sequential))!.Frame);
        Assert.Equal(failed.Frame, again.Write(2, OpCode.Create, Frames.Create("/none/x"))!.Frame);
        Assert.Equal(proposed, ensemble[3].Log.Count);
        Assert.Equal("/none/x", again.Write(3, OpCode.Create, Frames.Create("/none/x"))!.Path);
        Assert.Equal(["n-0000000000", "none", "zookeeper"], again.Children("/"));
    }

    [Fact]
    public void Each_kind_of_write_gives_its_first_answer_again()
    {
        var ensemble = new TestEnsemble(3);
        var client = Open(ensemble[1]);
        (OpCode Type, byte[] Body)[] writes =
        [
            (OpCode.Create, Frames.Create("/a", "1")),
            (OpCode.CreateContainer, Frames.Create("/c", flags: 4)),
            (OpCode.CreateTtl, Frames.Create("/t", flags: 5, ttl: 100_000)),
            (OpCode.SetData, Frames.SetData("/a", "2")),
            (OpCode.SetAcl, Frames.Bytes(w =>
            {
                w.WriteString("/a");
                AclJute.Write(w, AclList.Open);
                w.WriteInt(-1);
            })),
            (OpCode.Multi, Frames.Multi((OpCode.Create, Frames.Create("/m-", flags: Sequential)), (OpCode.SetData, Frames.SetData("/a", "3")), (OpCode.Check, Frames.PathVersion("/a", 2)), (OpCode.Delete, Frames.PathVersion("/t")))),
            (OpCode.Multi, Frames.Multi((OpCode.Delete, Frames.PathVersion("/a")), (OpCode.Delete, Frames.PathVersion("/gone")))),
            (OpCode.Multi, [1, 2, 3]),
            (OpCode.Delete, Frames.PathVersion("/c", 7)),
            (OpCode.Delete, Frames.PathVersion("/c")),
        ];
        var first = writes.Select((w, i) => client.Write(i + 1, w.Type, w.Body)!.Frame).ToArray();
        var state = TreeText.Of(ensemble[3].State.Tree);

        foreach (var server in ensemble.Servers)
        {
            client = Again(server, client);
            Assert.Equal(first, writes.Select((w, i) => client.Write(i + 1, w.Type, w.Body)!.Frame).ToArray());
        }

        Assert.Equal(state, TreeText.Of(ensemble[1].State.Tree));
        Assert.Equal([ErrorCode.MarshallingError, ErrorCode.BadVersion, ErrorCode.Ok], first[7..].Select(f => new Reply(f).Error));
    }

    [Fact]
    public void What_a_lost_leader_had_not_committed_is_done_when_it_is_sent_again()
    {
        var ensemble = new TestEnsemble(3);
        var client = Open(ensemble[3]);
        Assert.Equal("/a", client.Write(1, OpCode.Create, Frames.Create("/a"))!.Path);
        ensemble.Hold(ensemble[3], ensemble[1]);
        ensemble.Hold(ensemble[3], ensemble[2]);
        Assert.Null(client.Write(2, OpCode.Create, Frames.Create("/b-", flags: Sequential)));
        Assert.Null(client.Write(3, OpCode.SetData, Frames.SetData("/a", "x")));
        ensemble.Kill(ensemble[3]);
        ensemble.Elect(2);

        var again = Again(ensemble[1], client);
        Assert.Equal("/b-0000000001", again.Write(2, OpCode.Create, Frames.Create("/b-", flags: Sequential))!.Path);
        Assert.Equal(1, again.Write(3, OpCode.SetData, Frames.SetData("/a", "x"))!.Stat.Version);

        // The old leader throws away what it alone had, and gives the same answers then.
        ensemble[3].Restart();
        ensemble[3].Step(new ReplicaInput.Zab(new ZabInput.Elected(ensemble[2].Id)));
        ensemble.Run();
        ensemble[3].Step(new ReplicaInput.Zab(new ZabInput.Elected(ensemble[2].Id)));
        ensemble.Run();
        Assert.True(ensemble[3].Core.Status.Serving);
        var third = Again(ensemble[3], again);
        Assert.Equal("/b-0000000001", third.Write(2, OpCode.Create, Frames.Create("/b-", flags: Sequential))!.Path);
        Assert.Single(ensemble.Servers.Select(s => TreeText.Of(s.State.Tree)).Distinct());
    }

    [Fact]
    public void A_write_under_way_that_is_sent_again_is_answered_once_it_is_done()
    {
        var ensemble = new TestEnsemble(3);
        var client = Open(ensemble[1]);
        ensemble[1].DiskAnswers = ensemble[2].DiskAnswers = false;
        client.SendRaw(Frames.Request(1, OpCode.Create, Frames.Create("/n-", flags: Sequential)));
        ensemble.Run();
        var again = Again(ensemble[2], client);
        Assert.Null(again.Write(1, OpCode.Create, Frames.Create("/n-", flags: Sequential)));
        Assert.Null(again.Write(2, OpCode.Create, Frames.Create("/n-", flags: Sequential)));
        ensemble[1].DiskAnswers = ensemble[2].DiskAnswers = true;
        ensemble.Run();

        Assert.Equal(["/n-0000000000", "/n-0000000001"], again.Received.Select(r => r.Path));
        Assert.Equal([1, 2], again.Received.Select(r => r.Xid));
    }

    [Fact]
    public void A_late_original_is_done_neither_twice_nor_before_what_was_lost_ahead_of_it()
    {
        var ensemble = new TestEnsemble(3);
        var client = Open(ensemble[1]);
        ensemble.Hold(ensemble[1], ensemble[3]);
        client.SendRaw(Frames.Request(1, OpCode.Create, Frames.Create("/a")), Frames.Request(2, OpCode.Create, Frames.Create("/b")));
        client.SendRaw(Frames.Request(3, OpCode.Create, Frames.Create("/c")));
        ensemble.Run();
        var again = Again(ensemble[2], client);
        Assert.Equal("/a", again.Write(1, OpCode.Create, Frames.Create("/a"))!.Path);
        ensemble.Release(ensemble[1], ensemble[3]);
        Assert.Equal(ErrorCode.SessionMoved, client.Received[0].Error);
        Assert.Equal(["a", "zookeeper"], again.Children("/"));

        // Back at the first server, whose leader is told first of what comes after a gap.
        var third = Again(ensemble[1], again);
        Assert.Equal(ErrorCode.SessionMoved, third.Write(3, OpCode.Create, Frames.Create("/c"))!.Error);
        Assert.NotNull(third.ClosedFor);
        var last = Again(ensemble[1], again);
        Assert.Equal(["/a", "/b", "/c"], new[] { "/a", "/b", "/c" }.Select((p, i) => last.Write(i + 1, OpCode.Create, Frames.Create(p))!.Path));
        Assert.All(new[] { "/a", "/b", "/c" }, p => Assert.Equal(0, last.Exists(p).Stat.Version));
    }

    [Fact]
    public void A_write_refused_under_load_stays_refused()
    {
        var ensemble = new TestEnsemble(1, new ReplicaOptions { MaxOutstandingRequests = 1, Zab = new ZabOptions { MaxOutstanding = 1 } });
        var clients = Enumerable.Range(0, 8).Select(_ => Open(ensemble[1])).ToList();
        ensemble[1].DiskAnswers = false;
        clients.ForEach(c => c.SendRaw(Frames.Request(1, OpCode.Create, Frames.Create("/n-", flags: Sequential))));
        ensemble[1].DiskAnswers = true;
        ensemble.Run();
        var refused = clients.Where(c => c.Received[0].Error == ErrorCode.Throttled).ToList();
        Assert.InRange(refused.Count, 1, 7);

        foreach (var client in refused)
        {
            var again = Again(ensemble[1], client);
            Assert.Equal(client.Received[0].Frame, again.Write(1, OpCode.Create, Frames.Create("/n-", flags: Sequential))!.Frame);
        }

        Assert.Equal(8 - refused.Count + 1, clients[0].Children("/").Length);
    }

    [Fact]
    public void That_the_session_was_elsewhere_when_a_write_came_is_no_answer_to_keep()
    {
        var ensemble = new TestEnsemble(3);
        var other = new TestClient(ensemble[3]).Connect();
        var client = Open(ensemble[1]);
        ensemble[1].DiskAnswers = ensemble[2].DiskAnswers = false;
        other.Send(OpCode.Create, Frames.Create("/round"));
        ensemble.Hold(ensemble[1], ensemble[3]);
        client.SendRaw(Frames.Request(1, OpCode.Create, Frames.Create("/n-", flags: Sequential)));
        ensemble.Run();
        Again(ensemble[2], client);
        ensemble.Release(ensemble[1], ensemble[3]);
        var back = Again(ensemble[1], client);
        ensemble[1].DiskAnswers = ensemble[2].DiskAnswers = true;
        ensemble.Run();

        Assert.Equal("/n-0000000001", back.Write(1, OpCode.Create, Frames.Create("/n-", flags: Sequential))!.Path);
        Assert.Equal(["n-0000000001", "round", "zookeeper"], back.Children("/"));
    }

    [Fact]
    public void Answers_outlive_restarts_and_fuzzy_snapshots_and_go_with_their_session()
    {
        var ensemble = new TestEnsemble(1, new ReplicaOptions { SnapshotSliceBytes = 64 });
        var server = ensemble[1];
        var client = Open(server);
        var brief = Open(server);
        var number = 0;
        for (; number < 20; number++)
        {
            client.Write(number + 1, OpCode.Create2, Frames.Create("/n-", new string('x', 40), Sequential));
            client.Write(++number + 1, OpCode.SetData, Frames.SetData("/n-0000000000", "y"));
        }

        brief.Write(1, OpCode.Create, Frames.Create("/brief"));
        server.Step(new ReplicaInput.BeginSnapshot());
        TestClient? late = null;
        for (var i = 0; !server.Chunks[^1].Last; i++)
        {
            // A version that is set again over the finished copy would show as a later one in an answer that was worked out anew.
            client.Write(++number, OpCode.SetData, Frames.SetData("/n-0000000000", $"{i}"));
            client.Write(++number, OpCode.Multi, Frames.Multi((OpCode.SetData, Frames.SetData("/n-0000000001", $"{i}")), (OpCode.Delete, Frames.PathVersion($"/n-{i + 5:d10}"))));
            if (i == 1)
            {
                brief.Ask(OpCode.CloseSession, []);
                late = Open(server);
                late.Write(1, OpCode.Create2, Frames.Create("/late"));
            }

            server.Step(new ReplicaInput.ContinueSnapshot());
        }

        late!.Write(2, OpCode.SetData, Frames.SetData("/late", "z"));
        Assert.InRange(server.Chunks.Count, 10, 100);
        var restored = new ReplicaState();
        var writer = restored.BeginRestore();
        server.Chunks.ForEach(c => writer.Write(c.Data.Span));
        writer.Complete(server.Chunks[0].Zxid);
        foreach (var txn in server.Log)
        {
            restored.Replay(txn);
        }

        Assert.Equal(Describe(server.State.Results), Describe(restored.Results));
        Assert.Equal(2, restored.Results.Count);
        Assert.Equal(number, restored.Results.LastOf(client.SessionId));
        Assert.False(restored.Results.Contains(brief.SessionId));
        var live = Describe(server.State.Results);
        server.Restart();
        Assert.Equal(live, Describe(server.State.Results));
    }

    [Fact]
    public void An_answer_that_is_not_kept_any_more_is_said_to_be_unknown_and_nothing_is_done()
    {
        var ensemble = new TestEnsemble(1);
        var client = Open(ensemble[1], kept: 2);
        Assert.Equal(2, BinaryPrimitives.ReadInt32BigEndian(client.ConnectResponse));
        for (var i = 1; i <= 3; i++)
        {
            client.Write(i, OpCode.Create, Frames.Create($"/n{i}"));
        }

        var proposed = ensemble[1].Log.Count;
        Assert.Equal(ErrorCode.RequestTimeout, client.Write(1, OpCode.Create, Frames.Create("/n1"))!.Error);
        Assert.Equal("/n2", client.Write(2, OpCode.Create, Frames.Create("/n2"))!.Path);
        Assert.Equal(proposed, ensemble[1].Log.Count);
    }

    [Fact]
    public void Sessions_of_ZooKeepers_clients_are_as_they_were()
    {
        var ensemble = new TestEnsemble(3);
        var plain = new TestClient(ensemble[1]).Connect();
        plain.Create("/a");
        Assert.Equal(ErrorCode.NodeExists, plain.Write(1, OpCode.Create, Frames.Create("/a"))!.Error);
        Assert.Equal("/b", plain.Write(77, OpCode.Create, Frames.Create("/b"))!.Path);
        Assert.All(ensemble[3].Log, t => Assert.Equal(1, t.Payload.Span[0]));
        Assert.Equal(0, BinaryPrimitives.ReadInt32BigEndian(plain.ConnectResponse));
        Assert.Equal(0, ensemble[2].State.Results.Count);
        ensemble[3].Step(new ReplicaInput.BeginSnapshot());
        while (!ensemble[3].Chunks[^1].Last)
        {
            ensemble[3].Step(new ReplicaInput.ContinueSnapshot());
        }

        Assert.DoesNotContain(ensemble[3].Chunks, c => c.Data.Span[0] == ResultSlices.Section);
    }

    [Fact]
    public void A_client_that_does_not_number_its_writes_cannot_take_over_a_session_that_does()
    {
        var ensemble = new TestEnsemble(1);
        var client = Open(ensemble[1]);
        client.Write(1, OpCode.Create, Frames.Create("/a"));
        var plain = new TestClient(ensemble[1]).Connect(session: client.SessionId, password: client.Password);
        Assert.Equal("the session belongs to a client that numbers its writes", plain.ClosedFor);
        Assert.Empty(plain.Received);
        Assert.Equal("/a", Again(ensemble[1], client).Write(1, OpCode.Create, Frames.Create("/b"))!.Path);
    }

    [Theory]
    [InlineData(new byte[] { 1, 5, 0 }, "5 is no number of a last write")]
    [InlineData(new byte[] { 1, 0x81, 0x10 }, "cannot keep 2049 answers")]
    [InlineData(new byte[] { 9, 0 }, "has format 9")]
    [InlineData(new byte[] { 1, 0, 0 }, "slice of answers")]
    public void A_damaged_slice_is_refused(byte[] rest, string problem)
    {
        byte[] slice = rest is [1, 5, 0] ? [(byte)'R', 1, 5, .. new byte[8], 5, 0, 0] : [(byte)'R', .. rest];
        var error = Assert.Throws<FormatException>(() => new ReplicaState().BeginRestore().Write(slice));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    private static TestClient Open(TestServer server, int kept = 128) => new TestClient(server, keptResults: kept).Connect(timeout: 30_000);

    private static TestClient Again(TestServer server, TestClient client) =>
        new TestClient(server, keptResults: 128).Connect(timeout: 30_000, session: client.SessionId, password: client.Password);

    private static string[] Describe(ResultTable table) =>
        [.. table.ToSortedArray().SelectMany(s => Enumerable.Range(1, table.LastOf(s)!.Value).Select(n =>
            table.Find(s, n) is { } kept ? $"{s:x} {n} {kept.Zxid} {kept.Error} {Convert.ToHexString(kept.Body.Span)}" : $"{s:x} {n} -"))];
}

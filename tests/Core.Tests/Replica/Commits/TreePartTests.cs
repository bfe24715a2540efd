using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Replica.Commits;

public class TreePartTests
{
    private readonly TestEnsemble _ensemble = new(3);
    private readonly TestClient _client;

    public TreePartTests()
    {
        _client = new TestClient(_ensemble.Follower).Connect();
        _client.Create("/a", "old");
        _client.Create("/a/x");
        _client.Create("/b");
    }

    private TestServer Leader => _ensemble.Leader;

    [Fact]
    public void A_transaction_shows_nothing_until_it_is_carried_out_and_then_all_at_one_zxid_on_every_server()
    {
        var watcher = new TestClient(Leader).Connect();
        watcher.Get("/a", watch: true);
        watcher.Children("/", watch: true);
        watcher.Received.Clear();
        Leader.MustPrepare(
            1,
            (OpCode.SetData, Frames.SetData("/a", "new", 0)),
            (OpCode.Create, Frames.Create("/c", "c")),
            (OpCode.Create, Frames.Create("/c/d", "", 2)),
            (OpCode.CreateTtl, Frames.Create("/t", "", 5, ttl: 1_000)),
            (OpCode.Check, Frames.PathVersion("/b", 0)),
            (OpCode.Delete, Frames.PathVersion("/a/x")));
        Assert.Equal("old", watcher.Get("/a").Data);
        Assert.Equal(["a", "b", "zookeeper"], watcher.Children("/"));
        watcher.Received.Clear();

        Leader.MustFinish(1);
        Assert.All(_ensemble.Servers, s => Assert.Equal(0, s.Core.OpenCommits));
        Assert.Equal(["NodeDataChanged /a", "NodeChildrenChanged /"], watcher.Take().Where(r => r.StartsWith("Node", StringComparison.Ordinal)));
        foreach (var server in _ensemble.Servers)
        {
            var reader = new TestClient(server).Connect();
            Assert.Equal(["a", "b", "c", "t", "zookeeper"], reader.Children("/"));
            Assert.Equal(["d0000000000"], reader.Children("/c"));
            Assert.Empty(reader.Children("/a"));
            var set = reader.Exists("/a");
            Assert.Equal(("new", 1), (reader.Get("/a").Data, set.Stat.Version));
            Assert.Equal(set.Stat.Mzxid, reader.Exists("/c").Stat.Czxid);
            Assert.Equal(set.Stat.Mzxid, reader.Exists("/c/d0000000000").Stat.Czxid);
            Assert.Equal(set.Stat.Mzxid, reader.Exists("/a").Stat.Pzxid);
        }
    }

    [Fact]
    public void What_is_given_up_changes_nothing_and_frees_its_locks()
    {
        Leader.MustPrepare(1, (OpCode.SetData, Frames.SetData("/a", "new")));
        Leader.MustFinish(1, commit: false);
        Assert.Equal("old", _client.Get("/a").Data);
        Assert.Equal(ErrorCode.Ok, _client.Error(OpCode.SetData, Frames.SetData("/a", "client", 0)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Finishing_may_be_repeated_and_happens_once(bool commit)
    {
        Leader.MustPrepare(1, (OpCode.Create, Frames.Create("/n")));
        Leader.WriteDecision(1, commit ? Decision.Commit : Decision.Abort);
        _ensemble.Run();
        _ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        var logged = Leader.Log.Count;
        var first = Leader.Finish(1, commit);
        var second = Leader.Finish(1, commit);
        _ensemble.Run();
        Assert.Null(Leader.AnswerTo(second));
        _ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        _ensemble.Run();
        var third = Leader.Finish(1, commit);
        _ensemble.Run();
        Assert.All([first, second, third], t => Assert.Equal("Done", Leader.AnswerTo(t)));
        Assert.Equal(logged + 1, Leader.Log.Count);

        _ensemble.Elect(1);
        Assert.Equal(logged + 1, Leader.Log.Count);
        var later = Leader.Finish(1, commit);
        _ensemble.Run();
        Assert.Equal("Done", Leader.AnswerTo(later));
        Assert.All(_ensemble.Servers, s => Assert.Equal(
            [$"root:7:1 tree.root: prepared (redo 0 bytes, undo 0 bytes), {(commit ? "commit" : "abort")}"], s.Records()));
        Assert.Equal(commit, new TestClient(_ensemble[2]).Connect().Exists("/n").Error == ErrorCode.Ok);
    }

    [Fact]
    public void It_is_carried_out_only_when_decided_and_given_up_only_when_not()
    {
        Assert.Equal("Refused: root:7:1 is not prepared here", Leader.AnswerTo(Leader.Finish(1, commit: true)));
        var payload = CommitProbe.Operations((OpCode.Create, Frames.Create("/n")));
        Assert.Equal("Refused: root:7:1 has not been prepared here, or not for as long as 60000 ms", Leader.AnswerTo(Leader.WritePrepared(1, payload)));
        Assert.Equal("Yes", Leader.VoteOf(Leader.Prepare(1, payload)));
        Assert.Equal("Refused: root:7:1 is not prepared here", Leader.AnswerTo(Leader.Finish(1, commit: true)));
        var other = CommitProbe.Operations((OpCode.Create, Frames.Create("/other")));
        Assert.Equal("Refused: root:7:1 has not been prepared here, or not for as long as 60000 ms", Leader.AnswerTo(Leader.WritePrepared(1, other)));
        Leader.WritePrepared(1, payload);
        _ensemble.Run();
        Assert.Equal("Refused: the decision to commit root:7:1 is not in the log", Leader.AnswerTo(Leader.Finish(1, commit: true)));
        Assert.Equal("Refused: root:7:1 tree.root holds locks: finish it first", Leader.AnswerTo(Leader.Forget(CommitProbe.TreeKey())));
        Assert.Equal("No (root:7:1 is known here already)", Leader.VoteOf(Leader.Prepare(1, payload)));
        Leader.WriteDecision(1);
        _ensemble.Run();
        Assert.Equal("Refused: root:7:1 is committed: it cannot be given up", Leader.AnswerTo(Leader.Finish(1, commit: false)));
        Leader.MustFinish(1);
        var forget = Leader.Forget(CommitProbe.TreeKey());
        _ensemble.Run();
        Assert.Equal("Done", Leader.AnswerTo(forget));
        Assert.All(_ensemble.Servers, s => Assert.Equal(0, s.State.Commits.Parties));
    }

    [Fact]
    public void What_was_given_up_cannot_be_committed_any_more()
    {
        Assert.Equal("Refused: root:7:1 holds no locks here: it cannot be committed", Leader.AnswerTo(Leader.WriteDecision(1)));
        Leader.MustPrepare(1, (OpCode.Create, Frames.Create("/n")));
        var undo = Leader.Finish(1, commit: false);
        _ensemble.Run();
        Assert.Equal("Done", Leader.AnswerTo(undo));
        Assert.Equal("Refused: root:7:1 holds no locks here: it cannot be committed", Leader.AnswerTo(Leader.WriteDecision(1)));
        Leader.MustFinish(1, commit: false);
    }

    public static TheoryData<string, string, bool> Conflicts => new()
    {
        { "set /a", "set /a", true },
        { "set /a", "delete /a", true },
        { "set /a", "acl /a", true },
        { "set /a", "check /a", true },
        { "set /a", "create /a/n", false },
        { "set /a", "set /a/x", false },
        { "set /a", "set /b", false },
        { "check /b", "check /b", false },
        { "check /b", "set /b", true },
        { "check /b", "delete /b", true },
        { "check /b", "create /b/n", false },
        { "create /b/n", "create /b/n", true },
        { "create /b/n", "create /b/m", false },
        { "create /b/n", "create /b/n/o", true },
        { "create /b/n", "delete /b", true },
        { "create /b/n", "acl /b", true },
        { "create /b/n", "set /b", false },
        { "create /b/n", "create* /b/n", true },
        { "create* /b/n", "create /b/n0000000000", true },
        { "create* /b/n", "create* /b/n", true },
        { "create* /b/n", "delete /b", true },
        { "create* /a/n", "delete /a/x", false },
        { "delete /a/x", "create /a/x/n", true },
        { "delete /a/x", "set /a/x", true },
        { "delete /a/x", "delete /a/x", true },
        { "delete /a/x", "acl /a", true },
        { "delete /a/x", "create /a/n", false },
        { "delete /b", "create /b/n", true },
        { "delete /b", "create* /b/n", true },
    };

    [Theory]
    [MemberData(nameof(Conflicts))]
    public void A_prepared_operation_keeps_others_waiting_for_exactly_what_it_relies_on(string prepared, string other, bool waits)
    {
        var (type, body) = Operation(prepared);
        Leader.MustPrepare(1, (type, body));
        var (otherType, otherBody) = Operation(other);
        var xids = new List<int>();
        if (otherType != OpCode.Check)
        {
            xids.Add(_client.Send(otherType, otherBody));
        }

        var second = new TestClient(_ensemble[1]).Connect();
        if (otherType != OpCode.SetAcl)
        {
            xids.Add(100 + second.Send(OpCode.Multi, Frames.Multi((OpCode.Check, Frames.PathVersion("/")), (otherType, otherBody))));
        }

        _ensemble.Run();
        bool IsAnswered(int xid) => xid > 100 ? second.Received.Exists(r => r.Xid == xid - 100) : _client.Received.Exists(r => r.Xid == xid);
        Assert.NotEmpty(xids);
        Assert.All(xids, xid => Assert.Equal(waits, !IsAnswered(xid)));
        Leader.MustFinish(1, commit: false);
        Assert.All(xids, xid => Assert.True(IsAnswered(xid)));
    }

    [Fact]
    public void Two_transactions_exclude_each_other_by_the_same_rules()
    {
        foreach (var (prepared, other, waits) in Conflicts.Select(c => ((string)c[0], (string)c[1], (bool)c[2])))
        {
            if (other.StartsWith("acl", StringComparison.Ordinal))
            {
                continue;
            }

            var ensemble = new TestEnsemble(1);
            var client = new TestClient(ensemble[1]).Connect();
            client.Create("/a");
            client.Create("/a/x");
            client.Create("/b");
            var (type, body) = Operation(prepared);
            ensemble.Leader.MustPrepare(1, (type, body));
            var vote = ensemble.Leader.Prepare(2, CommitProbe.Operations(Operation(other)), lockWait: 0);
            var said = ensemble.Leader.VoteOf(vote);
            var isLock = said!.StartsWith("No (root:7:2 waited too long for root:7:1, which has locked /", StringComparison.Ordinal);
            Assert.True(waits == isLock, $"{prepared} against {other}: {said}");
        }
    }

    [Fact]
    public void A_waiting_write_holds_up_its_own_session_and_nobody_else_and_sees_what_was_decided()
    {
        foreach (var server in _ensemble.Servers)
        {
            var number = server.Id.Value;
            var path = $"/s{number}";
            var waiting = new TestClient(server).Connect();
            waiting.Create(path, "old");
            waiting.Received.Clear();
            Leader.MustPrepare(number, (OpCode.SetData, Frames.SetData(path, "new")));
            var first = waiting.Send(OpCode.SetData, Frames.SetData(path, "client", 0));
            var second = waiting.Send(OpCode.Create, Frames.Create($"/second{number}"));
            var read = waiting.Send(OpCode.GetData, Frames.PathWatch(path, false));
            var sync = waiting.Send(OpCode.Sync, Frames.Path("/"));
            var other = new TestClient(server).Connect();
            other.Create($"/other{number}");
            Assert.Empty(waiting.Take());
            Assert.Equal(ErrorCode.NoNode, other.Exists($"/second{number}").Error);

            Leader.MustFinish(number);
            Assert.Equal([$"{first}:BadVersion", $"{second}:Ok", $"{read}:Ok", $"{sync}:Ok"], waiting.Take());
            Assert.Equal("new", other.Get(path).Data);
        }
    }

    [Fact]
    public void Many_waiting_requests_are_answered_each_to_its_own_client()
    {
        Leader.MustPrepare(1, (OpCode.SetData, Frames.SetData("/a", "new")));
        Leader.MustPrepare(2, (OpCode.SetData, Frames.SetData("/b", "new")));
        var clients = Enumerable.Range(0, 9).Select(i => new TestClient(_ensemble.Servers[i % 3]).Connect(timeout: 40_000)).ToArray();
        var expected = clients.Select(_ => new List<string>()).ToArray();
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < clients.Length; i++)
            {
                var path = ((i + round) % 3) switch { 0 => "/a", 1 => "/b", _ => $"/free{i}-{round}" };
                var type = path.StartsWith("/free", StringComparison.Ordinal) ? OpCode.Create : OpCode.SetData;
                expected[i].Add($"{clients[i].Send(type, type == OpCode.Create ? Frames.Create(path) : Frames.SetData(path, "x"))}:Ok");
            }
        }

        _ensemble.Run();
        Leader.MustFinish(2);
        Leader.MustFinish(1, commit: false);
        for (var i = 0; i < clients.Length; i++)
        {
            Assert.Equal(expected[i], clients[i].Take());
        }
    }

    [Fact]
    public void A_wait_is_limited_and_ends_with_an_error_that_changes_nothing()
    {
        var patient = new TestClient(_ensemble[1]).Connect(timeout: 40_000);
        Leader.MustPrepare(1, (OpCode.SetData, Frames.SetData("/a", "new")));
        _client.Received.Clear();
        var single = _client.Send(OpCode.SetData, Frames.SetData("/a", "client"));
        var behind = _client.Send(OpCode.Create, Frames.Create("/behind"));
        var multi = patient.Send(OpCode.Multi, Frames.Multi(
            (OpCode.Create, Frames.Create("/m")), (OpCode.SetData, Frames.SetData("/a", "m")), (OpCode.Delete, Frames.PathVersion("/b"))));
        _ensemble.Run();
        void Ping() => new[] { _client, patient }.ToList().ForEach(c => c.SendRaw(Frames.Request(ReservedXid.Ping, OpCode.Ping, [])));
        _ensemble.Advance(1_332, Ping);
        Assert.Empty(_client.Received);
        _ensemble.Advance(10, Ping);
        Assert.Equal([$"{single}:OperationTimeout", $"{behind}:Ok"], _client.Received.Where(r => r.Xid > 0).Select(r => r.ToString()));

        _ensemble.Advance(3_600, Ping);
        Assert.DoesNotContain(patient.Received, r => r.Xid == multi);
        _ensemble.Advance(100, Ping);
        Assert.Equal(["Error 0", "Error -7", "Error -2"], Assert.Single(patient.Received, r => r.Xid == multi).Results);
        Assert.Equal("old", patient.Get("/a").Data);
        Leader.MustFinish(1);
        Assert.Equal("new", patient.Get("/a").Data);
        Assert.Equal(["a", "b", "behind", "zookeeper"], patient.Children("/"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Locks_are_there_before_a_new_leader_admits_anything(bool restarts)
    {
        Leader.MustPrepare(1, (OpCode.SetData, Frames.SetData("/a", "new")), (OpCode.Create, Frames.Create("/n")));
        var old = Leader;
        if (restarts)
        {
            foreach (var server in _ensemble.Servers)
            {
                _ensemble.Kill(server);
            }

            _ensemble.Servers.ForEach(s => s.Restart());
        }
        else
        {
            _ensemble.Kill(old);
        }

        _ensemble.Elect(1);
        var client = new TestClient(_ensemble[2]).Connect();
        Assert.Equal("old", client.Get("/a").Data);
        client.Received.Clear();
        var xid = client.Send(OpCode.SetData, Frames.SetData("/a", "client", 0));
        _ensemble.Run();
        Assert.Empty(client.Received);
        Assert.Equal(
            "No (root:7:2 waited too long for root:7:1, which has locked /n)",
            Leader.VoteOf(Leader.Prepare(2, CommitProbe.Operations((OpCode.Create, Frames.Create("/n"))), lockWait: 0)));
        var doubt = Assert.Single(Leader.Core.Report(ReplicaReportParts.InDoubt, 10).InDoubt);
        Assert.Equal((CommitProbe.Id(), (Decision?)null), (doubt.Id, doubt.Decision));
        Assert.Equal(["/", "/a", "/n"], doubt.Paths);

        Leader.MustFinish(1);
        Assert.Equal([$"{xid}:BadVersion"], client.Take());
        Assert.Empty(Leader.Core.Report(ReplicaReportParts.InDoubt, 10).InDoubt);
    }

    [Fact]
    public void A_lock_without_a_record_ends_with_its_leader_or_after_a_minute()
    {
        var payload = CommitProbe.Operations((OpCode.SetData, Frames.SetData("/a", "new")));
        Assert.Equal("Yes", Leader.VoteOf(Leader.Prepare(1, payload)));
        _ensemble.Advance(59_000);
        Assert.StartsWith("No (root:7:2 waited", Leader.VoteOf(Leader.Prepare(2, payload, lockWait: 0)), StringComparison.Ordinal);
        _ensemble.Advance(2_000);
        Assert.StartsWith("Refused: root:7:1 has not been prepared here", Leader.AnswerTo(Leader.WritePrepared(1, payload)), StringComparison.Ordinal);
        Assert.Equal("Yes", Leader.VoteOf(Leader.Prepare(2, payload)));
        _ensemble.Kill(Leader);
        _ensemble.Elect(2);
        Assert.Equal("Yes", Leader.VoteOf(Leader.Prepare(3, payload)));
        Assert.Equal("Done", Leader.AnswerTo(Leader.Finish(3, commit: false)));
        Assert.Equal("Yes", Leader.VoteOf(Leader.Prepare(4, payload)));
    }

    [Fact]
    public void A_transaction_waits_for_anothers_lock_and_then_says_whose_it_is()
    {
        Leader.MustPrepare(1, (OpCode.SetData, Frames.SetData("/a", "1")));
        Leader.MustPrepare(2, (OpCode.SetData, Frames.SetData("/b", "2")));
        var slow = Leader.Prepare(3, CommitProbe.Operations((OpCode.SetData, Frames.SetData("/a", "3", 1))), lockWait: 4_000);
        var never = Leader.Prepare(4, CommitProbe.Operations((OpCode.SetData, Frames.SetData("/b", "4"))), lockWait: 2_000);
        var givenUp = Leader.Prepare(5, CommitProbe.Operations((OpCode.SetData, Frames.SetData("/b", "5"))), lockWait: 2_000);
        _ensemble.Advance(1_900);
        Assert.All([slow, never, givenUp], t => Assert.Null(Leader.VoteOf(t)));
        Leader.Finish(5, commit: false);
        Assert.Equal("No (given up)", Leader.VoteOf(givenUp));
        _ensemble.Advance(200);
        Assert.Equal("No (root:7:4 waited too long for root:7:2, which has locked /b)", Leader.VoteOf(never));
        Leader.MustFinish(1);
        Assert.Equal("Yes", Leader.VoteOf(slow));
    }

    [Theory]
    [InlineData("set /missing", "No (operation 2 on /missing: NoNode)")]
    [InlineData("create /a", "No (operation 2 on /a: NodeExists)")]
    [InlineData("delete /a", "No (operation 2 on /a: NotEmpty)")]
    [InlineData("create /secret/n", "No (operation 2 on /secret/n: NoAuth)")]
    [InlineData("create /ephemeral", "No (operation 2 on /ephemeral: EphemeralOnLocalSession)")]
    [InlineData("set /zookeeper/config", "No (operation 2 concerns /zookeeper/config, which is the servers' own)")]
    [InlineData("delete /zookeeper", "No (operation 2 concerns /zookeeper, which is the servers' own)")]
    public void A_vote_against_names_the_operation_and_its_error_and_holds_nothing(string operation, string vote)
    {
        _client.Ask(OpCode.Create, Frames.Create("/secret", acl: new AclList([new AclEntry(Permissions.Read, "world", "anyone")])));
        var payload = CommitProbe.Operations((OpCode.SetData, Frames.SetData("/b", "new")), Operation(operation));
        Assert.Equal(vote, Leader.VoteOf(Leader.Prepare(1, payload)));
        Assert.Equal(ErrorCode.Ok, _client.Error(OpCode.SetData, Frames.SetData("/b", "client", 0)));
    }

    [Fact]
    public void A_payload_that_is_none_gets_a_vote_against()
    {
        var payload = CommitProbe.Operations((OpCode.SetData, Frames.SetData("/b", "new")));
        for (var cut = 0; cut < payload.Length; cut++)
        {
            Assert.StartsWith("No (", Leader.VoteOf(Leader.Prepare(1, payload[..cut])), StringComparison.Ordinal);
        }

        Assert.StartsWith("No (", Leader.VoteOf(Leader.Prepare(1, [9, .. payload[1..]])), StringComparison.Ordinal);
        Assert.StartsWith("No (", Leader.VoteOf(Leader.Prepare(1, CommitProbe.Operations((OpCode.SetAcl, Frames.PathVersion("/b"))))), StringComparison.Ordinal);
        Assert.Equal("ReadOnly", Leader.VoteOf(Leader.Prepare(1, CommitProbe.Operations())));
    }

    [Fact]
    public void A_part_without_operations_can_go_through_all_phases()
    {
        var nothing = CommitProbe.Operations();
        var record = Leader.WritePrepared(1, nothing);
        Leader.WritePrepared(2, nothing);
        _ensemble.Run();
        Assert.Equal("Done", Leader.AnswerTo(record));
        Leader.MustFinish(1);
        Leader.MustFinish(2, commit: false);
        Assert.Empty(Leader.Core.Report(ReplicaReportParts.InDoubt, 10).InDoubt);
        Assert.Equal("Refused: root:7:3 has not been prepared here, or not for as long as 60000 ms", Leader.AnswerTo(Leader.WritePrepared(3, new byte[] { 9 })));
    }

    [Fact]
    public void Permissions_are_those_of_the_transactions_identities_when_it_was_prepared()
    {
        var who = Credentials.None.With(new Identity("digest", "bob:x"));
        var acl = new AclList([new AclEntry(Permissions.All, "digest", "bob:x")]);
        _client.Ask(OpCode.Create, Frames.Create("/bobs", acl: acl));
        var auth = Frames.Acl(Permissions.All, "auth", "");
        Assert.Equal("No (operation 1 on /bobs/n: NoAuth)", Leader.VoteOf(Leader.Prepare(1, CommitProbe.Operations((OpCode.Create, Frames.Create("/bobs/n", acl: acl))))));
        var payload = CommitProbe.OperationsOf(who, (OpCode.Create, Frames.Create("/bobs/n", acl: auth)));
        Assert.Equal("Yes", Leader.VoteOf(Leader.Prepare(2, payload)));
        Leader.WritePrepared(2, payload);
        _ensemble.Run();
        Leader.MustFinish(2);
        Assert.True(Leader.State.Tree.TryFind("/bobs/n"u8, out var node));
        Assert.Equal(acl, node.Acl);
    }

    private static (OpCode Type, byte[] Body) Operation(string text)
    {
        var parts = text.Split(' ');
        return parts[0] switch
        {
            "set" => (OpCode.SetData, Frames.SetData(parts[1], "t")),
            "create" => (OpCode.Create, Frames.Create(parts[1], flags: parts[1] == "/ephemeral" ? 1 : 0)),
            "create*" => (OpCode.Create, Frames.Create(parts[1], flags: 2)),
            "delete" => (OpCode.Delete, Frames.PathVersion(parts[1])),
            "check" => (OpCode.Check, Frames.PathVersion(parts[1])),
            "acl" => (OpCode.SetAcl, Frames.SetAcl(parts[1], AclList.Open)),
            _ => throw new ArgumentException(text, nameof(text)),
        };
    }
}

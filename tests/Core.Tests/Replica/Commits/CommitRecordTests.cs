using System.Buffers;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Replica.Commits;

public class CommitRecordTests
{
    private readonly TestEnsemble _ensemble = new(3);

    private TestServer Leader => _ensemble.Leader;

    [Fact]
    public void Records_are_answered_when_committed_and_are_on_every_server_in_their_order()
    {
        _ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        var first = Leader.Write(CommitProbe.Entry(1, "first"));
        var other = Leader.Write(CommitProbe.Entry(2, "other"));
        var second = Leader.Write(CommitProbe.Entry(1, "second"));
        _ensemble.Run();
        Assert.All([first, other, second], t => Assert.Null(Leader.AnswerTo(t)));
        Assert.All(_ensemble.Servers, s => Assert.Empty(s.Records()));

        _ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        _ensemble.Run();
        Assert.All([first, other, second], t => Assert.Equal("Done", Leader.AnswerTo(t)));
        Assert.All(_ensemble.Servers, s => Assert.Equal(["root:7:1 pg.a: abort (first), abort (second)", "root:7:2 pg.a: abort (other)"], s.Records()));

        var forget = Leader.Forget(CommitProbe.Key(1));
        _ensemble.Run();
        Assert.Equal("Done", Leader.AnswerTo(forget));
        Assert.All(_ensemble.Servers, s => Assert.Equal(["root:7:2 pg.a: abort (other)"], s.Records()));
        Leader.Forget(CommitProbe.Key(2));
        _ensemble.Run();
        Assert.All(_ensemble.Servers, s => Assert.Equal((0, 0L), (s.State.Commits.Parties, s.State.Commits.Bytes)));
    }

    [Fact]
    public void A_party_is_open_while_it_knows_no_decision_or_has_somebody_to_tell_its_own()
    {
        var terms = new TransactionTerms(CommitProtocol.TwoPhase, [new ParticipantId("pg.a")], 0);
        var (participant, coordinator) = (CommitProbe.Key().Owner, CommitParty.Coordinator);
        void Write(long number, CommitParty owner, CommitRecord record, int open)
        {
            Leader.Write(new CommitLogEntry(CommitProbe.Id(number), owner, record));
            _ensemble.Run();
            Assert.All(_ensemble.Servers, s => Assert.Equal(open, s.Core.OpenCommits));
        }

        Write(1, participant, new CommitRecord.Announced(terms, new byte[] { 1 }), 1);
        Write(1, participant, new CommitRecord.Prepared(terms, default, default), 1);
        Write(2, participant, new CommitRecord.Prepared(terms, default, default), 2);
        Write(2, participant, new CommitRecord.PreCommitted(), 2);
        Write(3, participant, new CommitRecord.Decided(Decision.Abort, terms, "no"), 2);
        Write(4, coordinator, new CommitRecord.Decided(Decision.Commit, terms, ""), 3);
        Write(5, coordinator, new CommitRecord.Decided(Decision.Commit, null, ""), 3);
        Assert.All(_ensemble.Servers, s =>
        {
            var copy = new CommitTable();
            var slices = new CommitSlices(s.State.Commits.ToArray());
            while (!slices.IsDone)
            {
                var slice = new ArrayBufferWriter<byte>();
                slices.WriteNext(slice, 50);
                CommitSlices.Read(slice.WrittenSpan, copy);
            }

            Assert.Equal((3, s.State.Commits.Parties), (copy.Open, copy.Parties));
        });
        Write(4, coordinator, new CommitRecord.End(), 2);
        Write(2, participant, new CommitRecord.Decided(Decision.Commit, null, "") { ByHand = true }, 1);
        Leader.Forget(CommitProbe.Key(1));
        _ensemble.Run();
        Assert.All(_ensemble.Servers, s => Assert.Equal(0, s.Core.OpenCommits));
    }

    [Fact]
    public void Clients_see_nothing_of_it_but_a_later_zxid()
    {
        var client = new TestClient(_ensemble.Follower).Connect();
        client.Create("/a");
        var before = client.Exists("/a");
        Leader.Write(CommitProbe.Entry());
        _ensemble.Run();

        var after = client.Exists("/a");
        Assert.Equal(before.Stat, after.Stat);
        Assert.Equal(before.Zxid + 1, after.Zxid);
        Assert.Equal(["a", "zookeeper"], client.Children("/"));
    }

    [Fact]
    public void Only_the_established_leader_takes_requests_and_only_of_its_own_epoch()
    {
        var follower = _ensemble.Follower.Write(CommitProbe.Entry());
        Assert.Equal($"Refused: server {_ensemble.Follower.Id} does not lead the tree, server 3 does", _ensemble.Follower.AnswerTo(follower));

        var earlier = Leader.Ask((t, _) => new CommitRequest.Write(new Epoch(7), t, CommitProbe.Entry()));
        Assert.Equal("Refused: the request is of epoch 7, this server leads in epoch 1", Leader.AnswerTo(earlier));

        var alone = new TestEnsemble(3, elect: false)[1];
        Assert.Equal("Refused: server 1 knows no leader of the tree: try again later", alone.AnswerTo(alone.Write(CommitProbe.Entry())));
        _ensemble.Run();
        Assert.All(_ensemble.Servers, s => Assert.Empty(s.Records()));
    }

    [Fact]
    public void A_leadership_begins_with_all_records_and_ends_with_an_answer_to_everything()
    {
        Leader.Write(CommitProbe.Entry(1, "kept"));
        _ensemble.Run();
        var old = Leader;
        old.DiskAnswers = false;
        _ensemble.Hold(old, _ensemble[1]);
        _ensemble.Hold(old, _ensemble[2]);
        var lost = old.Write(CommitProbe.Entry(2, "lost"));
        var read = old.Read(CommitProbe.Key(1), barrier: true);
        var unfenced = old.Read(CommitProbe.Key(2), barrier: false);
        _ensemble.Run();
        Assert.Null(old.AnswerTo(lost));

        foreach (var other in _ensemble.Servers.Where(s => s != old))
        {
            _ensemble.Cut(old, other);
        }

        old.DiskAnswers = true;
        _ensemble.Run();
        const string over = "this server has ceased to lead the tree: ask its next leader";
        Assert.Equal($"Unknown: {over}", old.AnswerTo(lost));
        Assert.Equal($"Refused: {over}", old.AnswerTo(read));
        Assert.Equal($"Refused: {over}", old.AnswerTo(unfenced));
        Assert.Equal(new Epoch(1), Assert.IsType<CommitNews.Ended>(old.CommitNews[^1]).Epoch);

        _ensemble[1].Step(new ReplicaInput.Zab(new ZabInput.Elected(new ServerId(2))));
        _ensemble[2].Step(new ReplicaInput.Zab(new ZabInput.Elected(new ServerId(2))));
        _ensemble.Run();
        var began = Assert.IsType<CommitNews.Began>(_ensemble[2].CommitNews.Single());
        Assert.Equal(new Epoch(2), began.Epoch);
        Assert.Equal(["root:7:1 pg.a: abort (kept)"], CommitProbe.Describe(began.Commits));

        // The record that was missing never turns up, not even on the server that has it on its disk.
        Assert.Contains(old.Log, t => t.Zxid.Epoch == new Epoch(1) && t.Payload.Span.IndexOf("lost"u8) >= 0);
        _ensemble.Servers.ForEach(s => _ensemble.Heal(old, s));
        old.Step(new ReplicaInput.Zab(new ZabInput.Elected(new ServerId(2))));
        _ensemble.Run();
        Assert.All(_ensemble.Servers, s => Assert.Equal(["root:7:1 pg.a: abort (kept)"], s.Records()));
    }

    [Fact]
    public void What_a_leader_has_written_and_lost_its_quorum_over_is_found_by_the_next_if_a_quorum_had_it()
    {
        var old = Leader;
        _ensemble.Hold(_ensemble[1], old);
        _ensemble.Hold(_ensemble[2], old);
        var unknown = old.Write(CommitProbe.Entry(1, "kept"));
        _ensemble.Run();
        Assert.Null(old.AnswerTo(unknown));
        _ensemble.Kill(old);
        _ensemble.Elect(1);

        Assert.Equal(["root:7:1 pg.a: abort (kept)"], CommitProbe.Describe(Assert.IsType<CommitNews.Began>(_ensemble[1].CommitNews.Single()).Commits));
    }

    [Fact]
    public void A_read_waits_for_what_was_written_before_it()
    {
        _ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        Leader.Write(CommitProbe.Entry(1, "before"));
        var read = Leader.Read(CommitProbe.Key(1), barrier: false);
        Leader.Write(CommitProbe.Entry(1, "behind"));
        Assert.Null(Leader.AnswerTo(read));
        _ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        _ensemble.Run();
        Assert.Equal("root:7:1 pg.a: abort (before)", Leader.AnswerTo(read));

        var idle = Leader.Read(CommitProbe.Key(1), barrier: false);
        Assert.Equal("root:7:1 pg.a: abort (before), abort (behind)", Leader.AnswerTo(idle));
        Assert.Equal("nothing", Leader.AnswerTo(Leader.Read(CommitProbe.Key(5), barrier: false)));
    }

    [Fact]
    public void A_read_with_a_barrier_needs_a_quorum_after_the_question_and_many_share_one()
    {
        Leader.Write(CommitProbe.Entry(1));
        _ensemble.Run();
        _ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        var logged = Leader.Log.Count;
        var first = Leader.Read(CommitProbe.Key(1), barrier: true);
        Assert.Null(Leader.AnswerTo(first));
        Assert.Equal(logged + 1, Leader.Log.Count);
        _ensemble.Run();
        Assert.Null(Leader.AnswerTo(first));
        _ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        _ensemble.Run();
        Assert.Equal("root:7:1 pg.a: abort (r)", Leader.AnswerTo(first));
    }

    [Fact]
    public void Requests_wait_for_room_among_the_proposals_and_go_ahead_of_clients()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { Zab = new ZabOptions { MaxOutstanding = 2 } });
        var client = new TestClient(ensemble[1]).Connect();
        ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        for (var i = 0; i < 6; i++)
        {
            client.Send(OpCode.Create, Frames.Create($"/n{i}"));
        }

        ensemble.Run();
        ensemble.Advance(10);
        var ticket = ensemble.Leader.Write(CommitProbe.Entry());
        Assert.Equal(2, ensemble.Leader.Core.Status.Proposals);
        ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        ensemble.Run();
        Assert.Equal("Done", ensemble.Leader.AnswerTo(ticket));
        var types = ensemble.Leader.Log.Select(t => new Core.Tree.TxnReader(Membership.ChangeOf(t)).Header.Type).ToList();
        Assert.Equal(2, types.Take(types.IndexOf(OpCode.CommitRecord)).Count(t => t == OpCode.Create));
        Assert.Equal(6, types.Count(t => t == OpCode.Create));
    }

    [Fact]
    public void Newcomers_are_refused_at_a_limit_and_what_has_begun_may_end()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { MaxCommits = 2, MaxCommitBytes = 65_536 });
        var leader = ensemble.Leader;
        leader.Write(CommitProbe.Entry(1));
        leader.Write(CommitProbe.Entry(2));
        ensemble.Run();
        Assert.Equal(
            "Refused: the tree holds records of 2 parties, at most 2: wait until older transactions are forgotten, or raise transactions.maxRecords on all servers",
            leader.AnswerTo(leader.Write(CommitProbe.Entry(3))));
        Assert.Equal(
            "No (the tree holds records of 2 parties, at most 2: wait until older transactions are forgotten, or raise transactions.maxRecords on all servers)",
            leader.VoteOf(leader.Prepare(3, CommitProbe.Operations((OpCode.Create, Frames.Create("/n"))))));

        leader.Forget(CommitProbe.Key(2));
        var big = new CommitLogEntry(CommitProbe.Id(1), CommitProbe.Key().Owner, Prepared(60_000));
        var known = leader.Write(big);
        ensemble.Run();
        Assert.Equal("Done", leader.AnswerTo(known));
        var newcomer = leader.AnswerTo(leader.Write(new CommitLogEntry(CommitProbe.Id(3), CommitProbe.Key().Owner, Prepared(6_000))));
        Assert.StartsWith("Refused: the records of atomic commit would take ", newcomer, StringComparison.Ordinal);
        Assert.EndsWith("at most 65536: wait until older transactions are forgotten, or raise transactions.maxRecordBytes on all servers", newcomer, StringComparison.Ordinal);
        var end = leader.Write(new CommitLogEntry(CommitProbe.Id(1), CommitProbe.Key().Owner, Prepared(6_000)));
        ensemble.Run();
        Assert.Equal("Done", leader.AnswerTo(end));
    }

    [Fact]
    public void Too_much_at_once_is_refused()
    {
        _ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        var tickets = Enumerable.Range(0, 8_193).Select(i => Leader.Write(CommitProbe.Entry(i + 1))).ToArray();
        Assert.Equal("Refused: 8192 requests of atomic commit are under way: try again later", Leader.AnswerTo(tickets[^1]));
        _ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        _ensemble.Run();
        Assert.Equal(8_192, Leader.State.Commits.Parties);
    }

    [Fact]
    public void A_copy_of_the_state_has_the_records_of_its_beginning_whatever_the_size_of_its_slices()
    {
        for (var i = 1; i <= 20; i++)
        {
            Leader.Write(CommitProbe.Entry(i, new string('x', i * 10)));
            Leader.Write(CommitProbe.Entry(i, "second"));
        }

        _ensemble.Run();
        var expected = Leader.Records();
        foreach (var size in new[] { 1, 64, 300, 100_000 })
        {
            var copy = new ReplicaState();
            Copy(Leader.State, copy, size, () =>
            {
                Leader.Write(CommitProbe.Entry(1, "later"));
                _ensemble.Run();
            });
            Assert.Equal(expected, CommitProbe.Describe(copy.Commits.ToArray()));
            foreach (var txn in Leader.Log)
            {
                copy.Replay(txn);
            }

            expected = Leader.Records();
            Assert.Equal(expected, CommitProbe.Describe(copy.Commits.ToArray()));
            Assert.Equal(Leader.State.Commits.Bytes, copy.Commits.Bytes);
        }
    }

    [Fact]
    public void A_state_without_records_is_as_it_was_before_there_were_any()
    {
        var firsts = new List<byte>();
        Copy(_ensemble[1].State, new ReplicaState(), 100, null, firsts);
        Assert.DoesNotContain((byte)'A', firsts);
        Leader.Write(CommitProbe.Entry());
        _ensemble.Run();
        Copy(_ensemble[1].State, new ReplicaState(), 100, null, firsts = []);
        Assert.Contains((byte)'A', firsts);
    }

    [Fact]
    public void A_damaged_slice_of_records_is_refused()
    {
        Leader.Write(CommitProbe.Entry());
        _ensemble.Run();
        var reader = Leader.State.OpenState();
        var slice = new ArrayBufferWriter<byte>();
        while (slice.WrittenCount == 0 || slice.WrittenSpan[0] != (byte)'A')
        {
            slice.Clear();
            reader.ReadNext(slice, 100);
        }

        for (var cut = 1; cut < slice.WrittenCount; cut++)
        {
            Assert.Throws<FormatException>(() => new ReplicaState().BeginRestore().Write(slice.WrittenSpan[..cut]));
        }

        Assert.Throws<FormatException>(() => new ReplicaState().BeginRestore().Write([.. slice.WrittenSpan, 0]));
        Assert.Throws<FormatException>(() => new ReplicaState().BeginRestore().Write([(byte)'A', 9, .. slice.WrittenSpan[2..]]));
    }

    private static CommitRecord.Prepared Prepared(int bytes) =>
        new(new TransactionTerms(CommitProtocol.TwoPhase, [new ParticipantId("pg.a")], 0), new byte[bytes], default);

    private static void Copy(ReplicaState from, ReplicaState to, int size, Action? meanwhile, List<byte>? firsts = null)
    {
        var reader = from.OpenState();
        var writer = to.BeginRestore();
        var slice = new ArrayBufferWriter<byte>();
        bool more;
        do
        {
            slice.Clear();
            more = reader.ReadNext(slice, size);
            writer.Write(slice.WrittenSpan);
            firsts?.Add(slice.WrittenSpan[0]);
            meanwhile?.Invoke();
            meanwhile = null;
        }
        while (more);

        writer.Complete(reader.Zxid);
    }
}

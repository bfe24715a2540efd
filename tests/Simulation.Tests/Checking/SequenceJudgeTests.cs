using System.Buffers;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;
using GrainKeeper.Simulation.Checking;
using GrainKeeper.Simulation.Clients;
using GrainKeeper.Simulation.Model;

namespace GrainKeeper.Simulation.Tests.Checking;

/// <summary>A committed sequence that no right leader could have made is found.</summary>
public sealed class SequenceJudgeTests
{
    private const long session = 7;

    private readonly EventLoop _loop = new();
    private readonly TreeModel _model = new();
    private readonly RequestRegistry _requests = new();
    private readonly SequenceJudge _judge;
    private int _counter;

    public SequenceJudgeTests()
    {
        _judge = new SequenceJudge(_loop, _model, _requests, new CommitRecordChecker(), new TreeTransactionChecker());
        _judge.Established(new Epoch(1));
        Commit(OpCode.CreateSession, 0, w => w.CreateSession(timeout: 1_000));
    }

    [Fact]
    public void A_right_sequence_passes()
    {
        var create = Ask(1, OpCode.Create, "/a", value: 1, flags: 1);
        Commit(OpCode.Create, 1, w => Create(w, "/a", 1, NodeKind.Ephemeral, session, 1));
        Ask(2, OpCode.CloseSession, "");
        Commit(OpCode.CloseSession, 2, w => Close(w, "/a"));
        Assert.Equal("/a", _judge.ResultOf(create)!.Parts[0].Path);
        Assert.Null(_model.Find("/a"));
        Assert.NotNull(_model.Sessions[session].Closed);
        Assert.Equal(0, _judge.Expired);
    }

    [Fact]
    public void A_write_that_nobody_asked_for_is_found() =>
        Violates("integrity", () => Commit(OpCode.Create, 1, w => Create(w, "/a", 1, NodeKind.Persistent, 0, 1)));

    [Fact]
    public void A_request_carried_out_twice_is_found()
    {
        Ask(1, OpCode.SetData, "/a", value: 1);
        CommitError(1, ErrorCode.NoNode);
        Violates("integrity", () => CommitError(1, ErrorCode.NoNode));
    }

    [Fact]
    public void Two_requests_of_a_session_in_the_wrong_order_are_found()
    {
        Ask(1, OpCode.SetData, "/a", value: 1);
        Ask(2, OpCode.SetData, "/b", value: 2);
        CommitError(2, ErrorCode.NoNode);
        Violates("session order", () => CommitError(1, ErrorCode.NoNode));
    }

    [Fact]
    public void A_preparation_against_another_state_is_found()
    {
        Ask(1, OpCode.SetData, "/a", value: 1);
        Violates("the leader prepares what the state demands", () => Commit(OpCode.SetData, 1, w => w.SetData(OpCode.SetData, "/a"u8, Frames.Data(1), false, 1)));
    }

    [Fact]
    public void A_sequence_number_given_twice_is_found()
    {
        foreach (var xid in new[] { 1, 2 })
        {
            Ask(xid, OpCode.Create, "/n", value: xid, flags: 2);
        }

        Commit(OpCode.Create, 1, w => Create(w, "/n0000000000", 1, NodeKind.Persistent, 0, 1));
        Violates("the leader prepares what the state demands", () => Commit(OpCode.Create, 2, w => Create(w, "/n0000000000", 2, NodeKind.Persistent, 0, 1)));
    }

    [Fact]
    public void An_ephemeral_node_that_outlives_its_session_is_found()
    {
        Ask(1, OpCode.Create, "/a", value: 1, flags: 1);
        Commit(OpCode.Create, 1, w => Create(w, "/a", 1, NodeKind.Ephemeral, session, 1));
        Ask(2, OpCode.CloseSession, "");
        Violates("ephemerals go with their session", () => Commit(OpCode.CloseSession, 2, w => Close(w)));
    }

    [Fact]
    public void A_write_after_the_end_of_its_session_is_found()
    {
        Ask(1, OpCode.CloseSession, "");
        Ask(2, OpCode.SetData, "/a", value: 1);
        Commit(OpCode.CloseSession, 1, w => Close(w));
        Violates("no write after the session's end", () => CommitError(2, ErrorCode.NoNode));
    }

    [Fact]
    public void A_session_created_twice_is_found() =>
        Violates("session created once", () => Commit(OpCode.CreateSession, 0, w => w.CreateSession(timeout: 1_000)));

    [Fact]
    public void A_session_that_is_expired_too_soon_is_found()
    {
        var end = Txn(OpCode.CloseSession, 0, w => Close(w));
        _loop.After(900 * EventLoop.Millisecond, () => Violates("sessions expire only after their timeout", () => _judge.Proposed(new ServerId(1), end)));
        _loop.After(1_100 * EventLoop.Millisecond, () => _judge.Proposed(new ServerId(1), end));
        Assert.True(_loop.RunNext(2 * EventLoop.Second));
        Assert.False(_judge.IsClosing(session));
        Assert.True(_loop.RunNext(2 * EventLoop.Second));
        Assert.True(_judge.IsClosing(session));
    }

    [Fact]
    public void A_session_said_to_have_expired_although_it_lives_is_found()
    {
        Ask(1, OpCode.SetData, "/a", value: 1);
        Violates("sessions expire only after their timeout", () => CommitError(1, ErrorCode.SessionExpired));
    }

    private static void Create(TxnWriter writer, string path, long value, NodeKind kind, long lifetime, int parentCreates) =>
        writer.Create(OpCode.Create, System.Text.Encoding.UTF8.GetBytes(path), Frames.Data(value), false, AclList.Open, kind, lifetime, parentCreates);

    private static void Close(TxnWriter writer, params string[] paths)
    {
        writer.CloseSession(paths.Length);
        foreach (var path in paths)
        {
            writer.EphemeralPath(System.Text.Encoding.UTF8.GetBytes(path));
        }
    }

    private static void Violates(string property, Action action) =>
        Assert.Equal(property, Assert.Throws<PropertyViolatedException>(action).Property);

    private ClientRequest Ask(int xid, OpCode type, string path, long value = 0, int flags = 0)
    {
        var request = new ClientRequest { Type = type, Path = path, Value = value, Flags = flags, Session = session, Xid = xid };
        _requests.Add(request);
        return request;
    }

    private void CommitError(int xid, ErrorCode error) => Commit(OpCode.Error, xid, w => w.Error(error));

    private void Commit(OpCode type, int xid, Action<TxnWriter> write) => _judge.Committed(Txn(type, xid, write));

    private Txn Txn(OpCode type, int xid, Action<TxnWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new TxnWriter(buffer);
        writer.Begin(new TxnHeader(session, xid, 0, type));
        write(writer);
        writer.End();
        return new Txn(Zxid.Of(new Epoch(1), (uint)++_counter), TxnKind.Application, buffer.WrittenMemory);
    }
}

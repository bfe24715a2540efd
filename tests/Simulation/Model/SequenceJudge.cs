using System.Text;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;
using GrainKeeper.Simulation.Checking;
using GrainKeeper.Simulation.Clients;

namespace GrainKeeper.Simulation.Model;

/// <summary>
/// Carries out the committed sequence on the model: each transaction must be exactly what its request means in the state before it. So a leader that
/// prepared against the wrong state, did a request twice or invented one is found at once.
/// </summary>
public sealed class SequenceJudge(
    EventLoop loop, TreeModel model, RequestRegistry registry, CommitRecordChecker commits, TreeTransactionChecker transactions)
{
    private readonly Dictionary<(long Session, int Xid), ModelResult> _results = [];
    private readonly Dictionary<Epoch, long> _established = [];
    private readonly Dictionary<(Epoch Epoch, long Session), long> _lastSign = [];
    private readonly HashSet<long> _closing = [];
    private readonly Dictionary<long, int> _lastXid = [];
    private readonly Dictionary<long, int> _lastNumbered = [];

    /// <summary>Sessions closed because they expired.</summary>
    public int Expired { get; private set; }

    /// <summary>Whether some leader has begun to close a session; that may yet come to nothing.</summary>
    public bool IsClosing(long session) => _closing.Contains(session);

    /// <summary>What a request must be answered with, once it is committed.</summary>
    public ModelResult? ResultOf(ClientRequest request) => _results.GetValueOrDefault((request.Session, request.Xid));

    /// <summary>A leader is established: all sessions get their whole timeout again.</summary>
    public void Established(Epoch epoch) => _established[epoch] = loop.Now;

    /// <summary>A leader has proposed a transaction: it has heard of the session by then, and must not have expired one too soon.</summary>
    public void Proposed(ServerId leader, Txn txn)
    {
        var header = new TxnReader(txn.Payload.Span).Header;
        if (header.Type == OpCode.CloseSession && registry.Find(header.SessionId, header.Cxid) is null
            && model.Sessions.TryGetValue(header.SessionId, out var session))
        {
            var sign = _lastSign.GetValueOrDefault((txn.Zxid.Epoch, header.SessionId), _established[txn.Zxid.Epoch]);
            var silence = (loop.Now - sign) / 1000;
            if (silence < session.Timeout * 99L / 100 - 20)
            {
                throw new PropertyViolatedException(
                    "sessions expire only after their timeout",
                    $"server {leader} closes session {header.SessionId:x} {silence} ms after its last request, its timeout is {session.Timeout} ms");
            }
        }

        _lastSign[(txn.Zxid.Epoch, header.SessionId)] = loop.Now;
        if (header.Type == OpCode.CloseSession)
        {
            _closing.Add(header.SessionId);
        }
    }

    /// <summary>A transaction is committed.</summary>
    public void Committed(Txn txn)
    {
        var reader = new TxnReader(txn.Payload.Span);
        var header = reader.Header;
        if (header.Type is OpCode.CommitRecord or OpCode.CommitForget or OpCode.CommitBarrier)
        {
            Judge(txn.Zxid, ref reader);
            return;
        }

        var operations = new List<TxnFact>();
        var closed = new List<string>();
        TransactionId? finished = null;
        while (reader.MoveNext(out var operation))
        {
            if (operation.Type == OpCode.CommitFinish)
            {
                finished = CommitLogCodec.DecodeKey(operation.Data.ToArray()).Id;
                continue;
            }

            operations.Add(new TxnFact(
                operation.Type,
                Encoding.UTF8.GetString(operation.Path),
                operation.Type is OpCode.Create or OpCode.Create2 or OpCode.SetData ? Frames.Value(operation.Data) : -1,
                operation.Version,
                operation.ParentCVersion,
                operation.Kind == NodeKind.Ephemeral ? operation.Lifetime : 0,
                operation.Timeout,
                operation.Error));
            if (operation.Type == OpCode.CloseSession)
            {
                foreach (var path in operation.Paths)
                {
                    closed.Add(Encoding.UTF8.GetString(path));
                }
            }
        }

        if (finished is { } id)
        {
            CarryOut(txn.Zxid, header, id, operations);
            return;
        }

        transactions.Changes(txn.Zxid, closed);
        transactions.Changes(txn.Zxid, operations.Where(o => o.Type is not (OpCode.Check or OpCode.Error)).Select(o => o.Path));
        Carry(txn.Zxid, header, operations, closed);
    }

    private void Carry(Zxid zxid, TxnHeader header, List<TxnFact> operations, List<string> closed)
    {
        var request = header.Type == OpCode.CreateSession ? null : registry.Find(header.SessionId, header.Cxid);
        if (request is not null && _results.TryGetValue((request.Session, request.Xid), out var earlier))
        {
            throw new PropertyViolatedException("integrity", $"{request} of session {request.Session:x} is committed at {earlier.Zxid} and again at {zxid}");
        }

        if (request is not null)
        {
            CheckSessionOrder(zxid, request);
            if (header.KeepsResult)
            {
                CheckNoGap(zxid, request);
            }
        }

        switch (header.Type)
        {
            case OpCode.CreateSession:
                model.OpenSession(zxid, header.SessionId, operations[0].Timeout);
                break;
            case OpCode.CloseSession:
                Close(zxid, header, request, closed);
                break;
            case OpCode.Error when IsAboutTheSession(operations[0].Error):
                JudgeSessionError(zxid, header, request, operations[0].Error);
                model.Skip(zxid);
                break;
            default:
                Judge(zxid, header, request ?? throw new PropertyViolatedException("integrity", $"{zxid} is {header}, which no client asked for"), operations);
                break;
        }
    }

    private void Judge(Zxid zxid, ref TxnReader reader)
    {
        reader.MoveNext(out var operation);
        if (operation.Type == OpCode.CommitRecord)
        {
            var entry = CommitLogCodec.Decode(operation.Data.ToArray());
            if (entry.Owner == TreeTransactionChecker.Tree)
            {
                transactions.Committed(zxid, entry);
            }
            else
            {
                commits.Committed(zxid, entry);
            }
        }
        else if (operation.Type == OpCode.CommitForget)
        {
            commits.Forgotten(zxid, CommitLogCodec.DecodeKey(operation.Data.ToArray()));
        }

        model.Skip(zxid);
    }

    private void CarryOut(Zxid zxid, TxnHeader header, TransactionId id, List<TxnFact> operations)
    {
        if (transactions.Finished(zxid, id, operations.Count > 0) is not { } request)
        {
            model.Skip(zxid);
            return;
        }

        var expected = model.Execute(zxid, header.Time, 0, request);
        if (expected.Error != ErrorCode.Ok || !Success(request, expected).SequenceEqual(operations))
        {
            throw new PropertyViolatedException("a prepared transaction succeeds", $"{zxid} carries out {id}, {request}, as [{string.Join("; ", operations)}]; the model says {expected.Error}");
        }
    }

    private void CheckSessionOrder(Zxid zxid, ClientRequest request)
    {
        if (_lastXid.TryGetValue(request.Session, out var last) && last > request.Xid)
        {
            throw new PropertyViolatedException("session order", $"{zxid} carries out {request} of session {request.Session:x}, after its #{last}");
        }

        _lastXid[request.Session] = request.Xid;
    }

    private void CheckNoGap(Zxid zxid, ClientRequest request)
    {
        if (_lastNumbered.GetValueOrDefault(request.Session) is var last && request.Xid != last + 1)
        {
            throw new PropertyViolatedException("numbered writes leave no gap", $"{zxid} carries out {request} of session {request.Session:x}, whose last one is #{last}");
        }

        _lastNumbered[request.Session] = request.Xid;
    }

    private void Close(Zxid zxid, TxnHeader header, ClientRequest? request, List<string> closed)
    {
        Expired += request is null ? 1 : 0;
        var owned = model.CloseSession(zxid, header.SessionId);
        closed.Sort(StringComparer.Ordinal);
        if (!owned.SequenceEqual(closed, StringComparer.Ordinal))
        {
            throw new PropertyViolatedException(
                "ephemerals go with their session",
                $"{zxid} closes session {header.SessionId:x} with [{string.Join(", ", closed)}], but it owns [{string.Join(", ", owned)}]");
        }

        if (request is not null)
        {
            _results[(request.Session, request.Xid)] = new ModelResult(zxid, ErrorCode.Ok, new PartResult(OpCode.CloseSession, ErrorCode.Ok, null, null));
        }
    }

    private void JudgeSessionError(Zxid zxid, TxnHeader header, ClientRequest? request, ErrorCode error)
    {
        if (error == ErrorCode.SessionExpired && model.Sessions.TryGetValue(header.SessionId, out var session) && session.Closed is null)
        {
            throw new PropertyViolatedException("sessions expire only after their timeout", $"{zxid} says that session {header.SessionId:x} has expired; it lives");
        }

        if (request is not null)
        {
            _results[(request.Session, request.Xid)] = new ModelResult(zxid, error, new PartResult(OpCode.Error, error, null, null));
        }
    }

    private void Judge(Zxid zxid, TxnHeader header, ClientRequest request, List<TxnFact> operations)
    {
        if (model.Sessions.GetValueOrDefault(header.SessionId) is not { Closed: null })
        {
            throw new PropertyViolatedException("no write after the session's end", $"{zxid} carries out {request} of session {header.SessionId:x}, which is not open");
        }

        if (operations.FindIndex(o => o is { Type: OpCode.Error, Error: ErrorCode.OperationTimeout }) is >= 0 and var blamed)
        {
            TimeOut(zxid, request, operations, blamed);
            return;
        }

        if (header.KeepsResult && operations is [{ Type: OpCode.Error, Error: ErrorCode.Throttled }])
        {
            // Of other sessions a refusal under load is no transaction.
            model.Skip(zxid);
            _results[(request.Session, request.Xid)] = new ModelResult(zxid, ErrorCode.Throttled, new PartResult(OpCode.Error, ErrorCode.Throttled, null, null));
            return;
        }

        var expected = model.Execute(zxid, header.Time, header.SessionId, request);
        _results[(request.Session, request.Xid)] = expected;
        var meant = expected.Error == ErrorCode.Ok ? Success(request, expected) : Failure(request, expected);
        if (!meant.SequenceEqual(operations))
        {
            throw new PropertyViolatedException(
                "the leader prepares what the state demands",
                $"{zxid} for {request} is [{string.Join("; ", operations)}], and should be [{string.Join("; ", meant)}]");
        }
    }

    private void TimeOut(Zxid zxid, ClientRequest request, List<TxnFact> operations, int blamed)
    {
        transactions.TimeOut(zxid);
        model.Skip(zxid);
        var parts = request.Type == OpCode.Multi ? request.Parts.Count : 1;
        var told = Enumerable.Range(0, parts).Select(i => new PartResult(
            OpCode.Error, i < blamed ? ErrorCode.Ok : i == blamed ? ErrorCode.OperationTimeout : ErrorCode.RuntimeInconsistency, null, null)).ToArray();
        var expected = new ModelResult(zxid, ErrorCode.OperationTimeout, told, []);
        _results[(request.Session, request.Xid)] = expected;
        if (!Failure(request, expected).SequenceEqual(operations))
        {
            throw new PropertyViolatedException("a request that waited too long fails as a whole", $"{zxid} for {request} is [{string.Join("; ", operations)}]");
        }
    }

    private static List<TxnFact> Success(ClientRequest request, ModelResult result)
    {
        var parts = request.Type == OpCode.Multi ? request.Parts : [request];
        var facts = new List<TxnFact>();
        for (var i = 0; i < parts.Count; i++)
        {
            facts.Add(Fact(parts[i], request.Session, result, i));
        }

        return facts;
    }

    private static TxnFact Fact(ClientRequest part, long session, ModelResult result, int index)
    {
        var outcome = result.Parts[index];
        switch (part.Type)
        {
            case OpCode.Create or OpCode.Create2:
                var owner = (part.Flags & 1) != 0 ? session : 0;
                return new TxnFact(part.Type, outcome.Path!, part.Value, 0, result.ParentCreates[index], owner, 0, ErrorCode.Ok);
            case OpCode.SetData:
                return new TxnFact(part.Type, part.Path, part.Value, outcome.Stat!.Value.Version, 0, 0, 0, ErrorCode.Ok);
            case OpCode.Delete:
                return new TxnFact(part.Type, part.Path, -1, 0, 0, 0, 0, ErrorCode.Ok);
            default:
                return new TxnFact(part.Type, part.Path, -1, part.Version, 0, 0, 0, ErrorCode.Ok);
        }
    }

    private static List<TxnFact> Failure(ClientRequest request, ModelResult result) => request.Type == OpCode.Multi
        ? [.. result.Parts.Select(p => new TxnFact(OpCode.Error, "", -1, 0, 0, 0, 0, p.Error))]
        : [new TxnFact(OpCode.Error, "", -1, 0, 0, 0, 0, result.Error)];

    private static bool IsAboutTheSession(ErrorCode error) =>
        error is ErrorCode.SessionExpired or ErrorCode.SessionMoved or ErrorCode.Closing or ErrorCode.UnknownSession;
}

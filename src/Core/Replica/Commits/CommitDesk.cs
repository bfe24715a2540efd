using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Replica.Commits;

/// <summary>
/// The leader's part in keeping the records of atomic commit: proposes them in their order, ahead of clients' requests that wait, and answers what is committed.
/// Made anew for each leadership.
/// </summary>
internal sealed class CommitDesk(ReplicaOptions options, ReplicaState state, ICommitLeader leader, TreePart part, List<Effect> news)
{
    private const int MostPending = 8_192;
    private const int MostEntries = 4_096;

    // About what a prepared record holds besides the redo: its party and the terms.
    private const int RecordOverhead = 4_096;
    private readonly Ring<CommitRequest> _waiting = new();
    private readonly Ring<UnderWay> _underWay = new();
    private readonly List<CommitRequest.Read> _behindBarrier = [];
    private readonly ByteBuffer _entry = new();
    private readonly ByteBuffer _payload = new();
    private long _bytesUnderWay;

    /// <summary>Takes a request.</summary>
    public void Take(CommitRequest request)
    {
        if (_waiting.Count + _underWay.Count >= MostPending)
        {
            Answer(request.Ticket, CommitAnswer.Refused, $"{MostPending} requests of atomic commit are under way: try again later");
            return;
        }

        _waiting.Add(request);
    }

    /// <summary>Proposes what waits, as far as there is room.</summary>
    public void Pump()
    {
        while (_waiting.Count > 0 && leader.CanPropose)
        {
            Handle(_waiting.RemoveFirst());
        }

        if (_behindBarrier.Count > 0 && leader.CanPropose)
        {
            Begin(OpCode.CommitBarrier).CommitBarrier();
            Propose();
            foreach (var read in _behindBarrier)
            {
                _underWay.Add(new UnderWay(leader.LastProposed, read.Ticket, read.Key, 0));
            }

            _behindBarrier.Clear();
        }

        // A read may wait for nothing.
        Applied(state.LastApplied);
    }

    /// <summary>A transaction is applied.</summary>
    public void Applied(Zxid zxid)
    {
        while (_underWay.Count > 0 && _underWay[0].Zxid <= zxid)
        {
            var done = _underWay.RemoveFirst();
            _bytesUnderWay -= done.Bytes;
            if (done.Read is { } key)
            {
                news.Add(new ReplicaEffect.Commit(new CommitNews.WasRead(done.Ticket, state.Commits.Find(key))));
            }
            else
            {
                Answer(done.Ticket, CommitAnswer.Done, string.Empty);
            }
        }
    }

    /// <summary>Appends what there is to tell.</summary>
    public void Flush(List<Effect> effects)
    {
        if (news.Count > 0)
        {
            effects.AddRange(news);
            news.Clear();
        }
    }

    /// <summary>The leadership is over.</summary>
    public void End(List<Effect> effects)
    {
        part.End("this server has ceased to lead the tree: ask its next leader");
        while (_underWay.Count > 0)
        {
            var lost = _underWay.RemoveFirst();
            Answer(
                lost.Ticket,
                lost.Read is null ? CommitAnswer.Unknown : CommitAnswer.Refused,
                "this server has ceased to lead the tree: ask its next leader");
        }

        _behindBarrier.ForEach(r => Answer(r.Ticket, CommitAnswer.Refused, "this server has ceased to lead the tree: ask its next leader"));
        while (_waiting.Count > 0)
        {
            Answer(_waiting.RemoveFirst().Ticket, CommitAnswer.Refused, "this server has ceased to lead the tree: ask its next leader");
        }

        Flush(effects);
    }

    private void Handle(CommitRequest request)
    {
        switch (request)
        {
            case CommitRequest.Write write:
                Write(write);
                break;
            case CommitRequest.Prepare prepare when Problem(new CommitKey(prepare.Id, part.Self), prepare.Payload.Length + RecordOverhead) is { } problem:
                news.Add(new ReplicaEffect.Commit(new CommitNews.Prepared(prepare.Ticket, Vote.No(problem), default)));
                break;
            case CommitRequest.Prepare prepare:
                part.Prepare(prepare);
                break;
            case CommitRequest.Finish finish:
                Finish(finish);
                break;
            case CommitRequest.Forget forget when forget.Key.Owner == part.Self && part.Holds(forget.Key.Id):
                Answer(forget.Ticket, CommitAnswer.Refused, $"{forget.Key} holds locks: finish it first");
                break;
            case CommitRequest.Forget forget:
                _entry.Clear();
                CommitLogCodec.EncodeKey(_entry, forget.Key);
                Begin(OpCode.CommitForget).CommitForget(_entry.Written);
                Propose();
                _underWay.Add(new UnderWay(leader.LastProposed, request.Ticket, null, 0));
                break;
            case CommitRequest.Read { Barrier: true } read:
                _behindBarrier.Add(read);
                break;
            case CommitRequest.Read read:
                _underWay.Add(new UnderWay(leader.LastProposed, read.Ticket, read.Key, 0));
                break;
            default:
                throw new InvariantViolationException($"unknown request {request.GetType().Name}");
        }
    }

    private void Write(CommitRequest.Write write)
    {
        _entry.Clear();
        CommitLogCodec.Encode(_entry, write.Entry);
        var isOwn = write.Entry.Owner == part.Self;
        var known = new CommitKey(write.Entry.Id, write.Entry.Owner);
        if (((isOwn ? part.ProblemOfRecord(known.Id, write.Entry.Record) : null) ?? Problem(known, _entry.Length)) is { } problem)
        {
            Answer(write.Ticket, CommitAnswer.Refused, problem);
            return;
        }

        Begin(OpCode.CommitRecord).CommitRecord(_entry.Written);
        Propose();
        if (isOwn && write.Entry.Record is CommitRecord.Prepared prepared)
        {
            part.Recorded(write.Entry.Id, prepared);
        }

        var cost = CommitTable.Cost(_entry.Length);
        _bytesUnderWay += cost;
        _underWay.Add(new UnderWay(leader.LastProposed, write.Ticket, null, cost));
    }

    private void Finish(CommitRequest.Finish finish)
    {
        _entry.Clear();
        CommitLogCodec.EncodeKey(_entry, new CommitKey(finish.Id, part.Self));
        if (part.Finish(finish.Id, finish.Commit, _entry.Written, leader.NextZxid, out var payload) is { } problem)
        {
            Answer(finish.Ticket, CommitAnswer.Refused, problem);
            return;
        }

        if (!payload.IsEmpty)
        {
            leader.Propose(payload);
        }

        _underWay.Add(new UnderWay(leader.LastProposed, finish.Ticket, null, 0));
    }

    /// <summary>Why there is no room. Who is in already may take as much again as newcomers may: a transaction that has begun must be able to end.</summary>
    private string? Problem(CommitKey key, int length)
    {
        if (length > options.MaxTxnBytes - 64)
        {
            return $"a record of {length} bytes exceeds the largest transaction, {options.MaxTxnBytes} bytes: raise MaxTxnBytes on all servers";
        }

        var known = state.Commits.Find(key);
        if (known is not null && known.Entries.Count >= MostEntries)
        {
            return $"{key} has {known.Entries.Count} records, at most {MostEntries}";
        }

        var bytes = state.Commits.Bytes + _bytesUnderWay + CommitTable.Cost(length);
        var room = known is null ? options.MaxCommitBytes : options.MaxCommitBytes * 2;
        if (bytes > room)
        {
            return $"the records of atomic commit would take {bytes} bytes, at most {room}: wait until older transactions are forgotten, or raise transactions.maxRecordBytes on all servers";
        }

        return known is null && state.Commits.Parties + _underWay.Count >= options.MaxCommits
            ? $"the tree holds records of {state.Commits.Parties} parties, at most {options.MaxCommits}: wait until older transactions are forgotten, or raise transactions.maxRecords on all servers"
            : null;
    }

    private TxnWriter Begin(OpCode type)
    {
        _payload.Clear();
        var writer = new TxnWriter(_payload);
        writer.Begin(new TxnHeader(0, 0, leader.Now.Wall, type));
        return writer;
    }

    private void Propose()
    {
        new TxnWriter(_payload).End();
        leader.Propose(_payload.Written.ToArray());
    }

    private void Answer(long ticket, CommitAnswer answer, string reason)
    {
        if (ticket != 0)
        {
            news.Add(new ReplicaEffect.Commit(new CommitNews.Answered(ticket, answer, reason)));
        }
    }

    private readonly record struct UnderWay(Zxid Zxid, long Ticket, CommitKey? Read, int Bytes);
}

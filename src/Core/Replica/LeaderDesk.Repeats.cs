using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Results;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Sessions;

namespace GrainKeeper.Core.Replica;

/// <content>
/// Writes of sessions that number them without a gap, and send one again when its answer is missing. The number after that of the last write proposed is new; one up to it is under way or
/// done, so it is answered, once everything proposed so far is applied, with what was kept of it. A number beyond comes from a connection that the client has given up: something before it
/// is lost, and is sent again elsewhere, so it must not be done before that.
/// </content>
internal sealed partial class LeaderDesk
{
    /// <summary>Whether a request is to be done: its session is at the server that asks, and, if it numbers its writes, this is the next one.</summary>
    /// <returns>False when its outcome is told.</returns>
    private bool MayAct(ref Held held, ServerId asking)
    {
        // What was judged when it came is no result: a write that is sent again elsewhere must not be answered with it.
        var request = held.Request;
        int? lastWrite = null;
        var gone = held.Refusal is ErrorCode.SessionMoved or ErrorCode.SessionExpired ? held.Refusal : SessionRefusal(asking, request, out lastWrite);
        if (gone != ErrorCode.Ok)
        {
            Tell(held, Outcome.After(_lastProposed, gone));
            return false;
        }

        _sessions.Touch(request.SessionId, _now.Monotonic);
        if (lastWrite is not { } last || !RequestRecords.IsWrite(request.Type))
        {
            return true;
        }

        if (request.Cxid != RequestNumber.Next(last))
        {
            Tell(held, Outcome.After(_lastProposed, RequestNumber.IsUpTo(request.Cxid, last) ? ErrorCode.Ok : ErrorCode.SessionMoved));
            return false;
        }

        held = held with { Request = request with { KeepsResult = true } };
        return true;
    }

    private ErrorCode SessionRefusal(ServerId origin, in WriteRequest request, out int? lastWrite)
    {
        lastWrite = null;
        return request.Type == OpCode.CreateSession ? ErrorCode.Ok : _sessions.Check(request.SessionId, origin, out lastWrite) switch
        {
            SessionCheck.Valid => ErrorCode.Ok,
            SessionCheck.Moved => ErrorCode.SessionMoved,
            _ => ErrorCode.SessionExpired,
        };
    }

    /// <summary>A refusal of a numbered write is a result as any other: were it forgotten, the write could be done after later ones when it is sent again.</summary>
    private void Refuse(in Held held, ErrorCode refusal)
    {
        if (held.Request.KeepsResult)
        {
            Propose(_preparer.RefuseUnread(held.Request, refusal, _now.Wall));
            NoteAndTell(held);
        }
        else
        {
            Tell(held, Outcome.After(_lastProposed, refusal));
        }
    }

    /// <summary>The request's transaction is proposed.</summary>
    private void NoteAndTell(in Held held)
    {
        if (held.Request is { KeepsResult: true, Type: not OpCode.CreateSession })
        {
            _sessions.NoteWrite(held.Request.SessionId, held.Request.Cxid);
        }

        Tell(held, Outcome.Of(_lastProposed));
    }
}

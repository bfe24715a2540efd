using GrainKeeper.Core.Replica.Results;

namespace GrainKeeper.Client.Sessions;

/// <summary>
/// How many writes a session may have sent without an answer: never more, in number and in bytes of their answers, than the servers keep answers of it. So whatever has to be sent again, its
/// first answer is still there. Not thread-safe.
/// </summary>
internal sealed class WriteWindow
{
    private int _most;
    private int _writes;
    private long _bytes;
    private int _last;

    /// <summary>Whether the servers keep answers for this session: its writes are numbered, and can be sent again.</summary>
    internal bool IsKept => _most > 0;

    /// <summary>A new session: the servers have told how many answers they keep of it; 0 for none.</summary>
    internal void Open(int most) => (_most, _last) = (most, 0);

    /// <summary>Whether the request may be sent now.</summary>
    internal bool HasRoomFor(PendingRequest request) =>
        !IsKept || !request.IsWrite || _writes == 0 || (_writes < _most && _bytes + request.LongestAnswer <= ResultTable.MostBytesOfSession);

    /// <summary>Gives a write its number when it has none yet, and counts it.</summary>
    internal void Send(PendingRequest request)
    {
        if (request.Xid == 0)
        {
            _last = RequestNumber.Next(_last);
            request.Xid = _last;
        }

        _writes++;
        _bytes += request.LongestAnswer;
    }

    /// <summary>A write is answered.</summary>
    internal void Answered(PendingRequest request)
    {
        _writes--;
        _bytes -= request.LongestAnswer;
    }

    /// <summary>The connection is lost: nothing is under way on it any more.</summary>
    internal void Clear() => (_writes, _bytes) = (0, 0);
}

using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Replica.Results;

/// <summary>
/// The sessions whose writes can be sent again, each with the answers to its last ones: part of the replicated state, so every server gives the same first answer. They are kept when their
/// transaction is applied, and go with the session.
/// </summary>
public sealed class ResultTable
{
    /// <summary>Bytes of all answers kept of a session; the newest is kept even if it alone is longer.</summary>
    public const int MostBytesOfSession = 1024 * 1024;

    private readonly Dictionary<long, SessionResults> _sessions = [];

    /// <summary>How many such sessions live.</summary>
    public int Count => _sessions.Count;

    /// <summary>Whether the session is one of them.</summary>
    /// <param name="sessionId">The session.</param>
    public bool Contains(long sessionId) => _sessions.ContainsKey(sessionId);

    /// <summary>How many answers the session keeps at most; 0 when it keeps none.</summary>
    /// <param name="sessionId">The session.</param>
    public int MostOf(long sessionId) => _sessions.TryGetValue(sessionId, out var results) ? results.Most : 0;

    /// <summary>How many answers are kept of the session now.</summary>
    /// <param name="sessionId">The session.</param>
    public int CountOf(long sessionId) => _sessions.TryGetValue(sessionId, out var results) ? results.Count : 0;

    /// <summary>The number of the session's last write, 0 before the first; null when its writes are not numbered.</summary>
    /// <param name="sessionId">The session.</param>
    public int? LastOf(long sessionId) => _sessions.TryGetValue(sessionId, out var results) ? results.Last : null;

    /// <summary>The answer of a write; null when it is not kept.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="number">The write's number.</param>
    public KeptResult? Find(long sessionId, int number) => _sessions.TryGetValue(sessionId, out var results) ? results.Find(number) : null;

    /// <summary>All sessions, by id.</summary>
    public long[] ToSortedArray()
    {
        var all = new long[_sessions.Count];
        _sessions.Keys.CopyTo(all, 0);
        Array.Sort(all);
        return all;
    }

    /// <summary>A session is created.</summary>
    internal void Open(long sessionId, int most)
    {
        // A copy may hold the session already, and its first answers.
        if (most > 0 && !_sessions.ContainsKey(sessionId))
        {
            _sessions.Add(sessionId, new SessionResults(most));
        }
    }

    /// <summary>A write is carried out.</summary>
    internal void Keep(long sessionId, int number, Zxid zxid, ReplyBody reply)
    {
        // Over a fuzzy copy a session may be missing that ends later.
        if (_sessions.TryGetValue(sessionId, out var results))
        {
            results.Add(number, new KeptResult(zxid, reply.Error, reply.Error == ErrorCode.Ok ? reply.Body.Written.ToArray() : default));
        }
    }

    internal void Remove(long sessionId) => _sessions.Remove(sessionId);

    internal SessionResults? Find(long sessionId) => _sessions.GetValueOrDefault(sessionId);

    internal void Add(long sessionId, SessionResults results) => _sessions[sessionId] = results;
}

using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Sessions;

/// <summary>
/// The leader's view of all sessions: who owns each, and when it expires. Expiry times are rounded up to the next tick, so that sessions
/// expire in few batches. A touch only moves a session's time; it changes buckets when its old bucket comes due.
/// </summary>
/// <param name="tick">Width of a bucket in ms.</param>
public sealed class SessionTracker(int tick)
{
    private readonly Dictionary<long, Entry> _sessions = [];
    private readonly SortedDictionary<long, List<Entry>> _buckets = [];

    /// <summary>Sessions tracked, those being closed included.</summary>
    public int Count => _sessions.Count;

    /// <summary>The monotonic time in ms at which <see cref="CollectExpired"/> is due, or null.</summary>
    public long? NextDeadline
    {
        get
        {
            foreach (var bucket in _buckets)
            {
                return bucket.Key;
            }

            return null;
        }
    }

    /// <summary>Begins to track a session with a full fresh timeout.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="timeout">Its timeout in ms.</param>
    /// <param name="owner">The server that its client is attached to, or null when not known.</param>
    /// <param name="now">Monotonic ms.</param>
    /// <param name="lastWrite">For a session that numbers its writes: the last one in the log, 0 for none; else null.</param>
    public void Track(long sessionId, int timeout, ServerId? owner, long now, int? lastWrite = null)
    {
        if (_sessions.TryGetValue(sessionId, out var known))
        {
            known.Owner = owner ?? known.Owner;
            known.Expires = ExpiryOf(now, known.Timeout);
            return;
        }

        var entry = new Entry(sessionId, timeout) { Owner = owner, Expires = ExpiryOf(now, timeout), LastWrite = lastWrite };
        _sessions.Add(sessionId, entry);
        Enqueue(entry);
    }

    /// <summary>A sign of life.</summary>
    /// <param name="sessionId">The session; unknown and closing ones are ignored.</param>
    /// <param name="now">Monotonic ms.</param>
    public void Touch(long sessionId, long now)
    {
        if (_sessions.TryGetValue(sessionId, out var entry) && !entry.Closing)
        {
            entry.Expires = Math.Max(entry.Expires, ExpiryOf(now, entry.Timeout));
        }
    }

    /// <summary>Whether a server may act for a session. A session that nobody owns goes to the server that asks first.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="server">The server that asks.</param>
    public SessionCheck Check(long sessionId, ServerId server) => Check(sessionId, server, out _);

    /// <summary>As <see cref="Check(long, ServerId)"/>, and tells the last write of a session that numbers its writes; null of any other.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="server">The server that asks.</param>
    /// <param name="lastWrite">The number of the last write proposed, 0 for none.</param>
    public SessionCheck Check(long sessionId, ServerId server, out int? lastWrite)
    {
        if (!_sessions.TryGetValue(sessionId, out var entry) || entry.Closing)
        {
            lastWrite = null;
            return SessionCheck.Expired;
        }

        lastWrite = entry.LastWrite;
        entry.Owner ??= server;
        return entry.Owner == server ? SessionCheck.Valid : SessionCheck.Moved;
    }

    /// <summary>A write of a session that numbers its writes is proposed.</summary>
    /// <param name="sessionId">The session; one that has ended meanwhile is ignored.</param>
    /// <param name="number">The write's number.</param>
    public void NoteWrite(long sessionId, int number)
    {
        if (_sessions.TryGetValue(sessionId, out var entry))
        {
            entry.LastWrite = number;
        }
    }

    /// <summary>A client has shown its password at a server: the session belongs there from now on.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="server">The server.</param>
    /// <param name="now">Monotonic ms.</param>
    /// <param name="timeout">The session's timeout in ms.</param>
    /// <returns>False when the session is unknown or being closed.</returns>
    public bool TryAttach(long sessionId, ServerId server, long now, out int timeout)
    {
        if (!_sessions.TryGetValue(sessionId, out var entry) || entry.Closing)
        {
            timeout = 0;
            return false;
        }

        entry.Owner = server;
        entry.Expires = Math.Max(entry.Expires, ExpiryOf(now, entry.Timeout));
        timeout = entry.Timeout;
        return true;
    }

    /// <summary>The session's end is proposed: it may do nothing more, and never expires again.</summary>
    /// <param name="sessionId">The session.</param>
    /// <returns>False when it is unknown or was closing already.</returns>
    public bool SetClosing(long sessionId)
    {
        if (!_sessions.TryGetValue(sessionId, out var entry) || entry.Closing)
        {
            return false;
        }

        entry.Closing = true;
        return true;
    }

    /// <summary>The session's end is committed.</summary>
    /// <param name="sessionId">The session.</param>
    public void Remove(long sessionId)
    {
        if (_sessions.Remove(sessionId, out var entry))
        {
            // Its bucket drops it when it comes due.
            entry.Closing = true;
        }
    }

    /// <summary>Gives the sessions whose time is over, by id, and forgets their times: the caller must close them.</summary>
    /// <param name="now">Monotonic ms.</param>
    /// <param name="expired">Where the ids go.</param>
    public void CollectExpired(long now, List<long> expired)
    {
        var first = expired.Count;
        while (NextDeadline is { } due && due <= now)
        {
            var bucket = _buckets[due];
            _buckets.Remove(due);
            foreach (var entry in bucket)
            {
                if (entry.Closing)
                {
                    continue;
                }

                if (entry.Expires > now)
                {
                    Enqueue(entry);
                }
                else
                {
                    expired.Add(entry.SessionId);
                }
            }
        }

        expired.Sort(first, expired.Count - first, null);
    }

    private long ExpiryOf(long now, int timeout) => ((now + timeout) / tick + 1) * tick;

    private void Enqueue(Entry entry)
    {
        if (!_buckets.TryGetValue(entry.Expires, out var bucket))
        {
            _buckets.Add(entry.Expires, bucket = []);
        }

        bucket.Add(entry);
    }

    private sealed class Entry(long sessionId, int timeout)
    {
        public long SessionId { get; } = sessionId;

        public int Timeout { get; } = timeout;

        public ServerId? Owner { get; set; }

        public long Expires { get; set; }

        public bool Closing { get; set; }

        public int? LastWrite { get; set; }
    }
}

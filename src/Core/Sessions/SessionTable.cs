namespace GrainKeeper.Core.Sessions;

/// <summary>
/// The sessions of the ensemble, as the log says: part of the replicated state. It knows nothing of clocks; only the leader's
/// <see cref="SessionTracker"/> decides that one has expired, and says so through the log.
/// </summary>
public sealed class SessionTable
{
    private readonly Dictionary<long, int> _timeouts = [];

    /// <summary>How many sessions live.</summary>
    public int Count => _timeouts.Count;

    /// <summary>Puts a session in, or replaces its timeout: replaying a transaction twice changes nothing.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="timeout">Its timeout in ms.</param>
    public void Set(long sessionId, int timeout) => _timeouts[sessionId] = timeout;

    /// <summary>Takes a session out.</summary>
    /// <param name="sessionId">The session.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(long sessionId) => _timeouts.Remove(sessionId);

    /// <summary>Whether the session lives.</summary>
    /// <param name="sessionId">The session.</param>
    public bool Contains(long sessionId) => _timeouts.ContainsKey(sessionId);

    /// <summary>The timeout of a session, in ms.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="timeout">The timeout.</param>
    /// <returns>Whether the session lives.</returns>
    public bool TryGetTimeout(long sessionId, out int timeout) => _timeouts.TryGetValue(sessionId, out timeout);

    /// <summary>All sessions with their timeouts in ms, in no particular order.</summary>
    public KeyValuePair<long, int>[] ToArray()
    {
        var all = new KeyValuePair<long, int>[_timeouts.Count];
        var next = 0;
        foreach (var entry in _timeouts)
        {
            all[next++] = entry;
        }

        return all;
    }

    /// <summary>All sessions with their timeouts in ms, by id.</summary>
    public KeyValuePair<long, int>[] ToSortedArray()
    {
        var all = ToArray();
        Array.Sort(all, static (a, b) => a.Key.CompareTo(b.Key));
        return all;
    }
}

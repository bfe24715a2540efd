namespace GrainKeeper.Core.Zab;

/// <summary>
/// Notices that this server's own step loop stood still (a long garbage collection, a stopped process): messages of healthy peers then lie
/// unread, and their silence proves nothing. One such hiccup gives them two more heartbeats; another is forgiven only after a whole sync timeout,
/// so that a host that stalls again and again still notices a dead peer.
/// </summary>
internal sealed class StallGuard(ZabOptions options)
{
    private long _graceUntil = long.MinValue;
    private long _nextGraceFrom = long.MinValue;

    /// <summary>How late the present step is, in ms.</summary>
    public long Lateness { get; private set; }

    /// <summary>Whether this server was itself silent for so long that its peers have given it up.</summary>
    public bool IsBeyondSyncTimeout => Lateness > options.SyncTimeout;

    public void Observe(long? deadline, long now)
    {
        Lateness = deadline is { } due ? Math.Max(0, now - due) : 0;
        if (Lateness > options.HeartbeatInterval && now >= _nextGraceFrom)
        {
            _graceUntil = now + (2L * options.HeartbeatInterval);
            _nextGraceFrom = _graceUntil + options.SyncTimeout;
        }
    }

    /// <summary>Whether a peer's silence may be held against it.</summary>
    public bool MayJudge(long now) => now >= _graceUntil;
}

namespace GrainKeeper.Client.Sessions;

/// <summary>When a connection needs a ping, and when it must be taken for dead: ZooKeeper's thirds of the session timeout.</summary>
internal sealed class ConnectionClock(TimeProvider time, TimeSpan sessionTimeout)
{
    private long _sent = time.GetTimestamp();
    private long _received = time.GetTimestamp();

    /// <summary>How often to look.</summary>
    internal TimeSpan Interval => sessionTimeout / 12;

    /// <summary>Two thirds of the session timeout: a third is left to find another server.</summary>
    internal TimeSpan SilenceLimit => sessionTimeout * 2 / 3;

    /// <summary>How much of <see cref="SilenceLimit"/> is left.</summary>
    internal TimeSpan Left => SilenceLimit - time.GetElapsedTime(Interlocked.Read(ref _received));

    internal bool IsPingDue => time.GetElapsedTime(Interlocked.Read(ref _sent)) >= sessionTimeout / 4;

    internal bool IsSilent => Left <= TimeSpan.Zero;

    internal void Sent() => Interlocked.Exchange(ref _sent, time.GetTimestamp());

    internal void Received() => Interlocked.Exchange(ref _received, time.GetTimestamp());
}

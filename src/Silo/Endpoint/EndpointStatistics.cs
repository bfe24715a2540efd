namespace GrainKeeper.Silo.Endpoint;

/// <summary>What went over the client port since the start or the last reset.</summary>
public sealed class EndpointStatistics
{
    private long _received;
    private long _sent;

    /// <summary>Frames received.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Writes to clients.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    internal void AddReceived(int frames) => Interlocked.Add(ref _received, frames);

    internal void AddSent() => Interlocked.Increment(ref _sent);

    /// <summary>Starts again from 0 (<c>srst</c>).</summary>
    public void Reset()
    {
        Interlocked.Exchange(ref _received, 0);
        Interlocked.Exchange(ref _sent, 0);
    }
}

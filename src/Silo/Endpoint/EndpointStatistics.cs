using System.Collections.Concurrent;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>What went over the client ports since the start or the last reset, and the connections that are open. Thread-safe.</summary>
public sealed class EndpointStatistics
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<ConnectionRecord, byte> _open = new();
    private LatencyRange _latency;
    private long _received;
    private long _receivedBytes;
    private long _sent;
    private long _sentBytes;
    private int _lastResponse = -1;
    private int _leastResponse = -1;
    private int _mostResponse = -1;
    private long _authFailures;
    private long _rejected;
    private long _expired;

    /// <summary>When the process began to serve, on the monotonic clock, in ms.</summary>
    public long Since { get; } = Environment.TickCount64;

    /// <summary>Frames received.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Bytes received.</summary>
    public long ReceivedBytes => Interlocked.Read(ref _receivedBytes);

    /// <summary>Frames sent to clients, watch events included.</summary>
    public long Sent => Read(s => s._sent);

    /// <summary>Authentications that failed.</summary>
    public long AuthFailures => Interlocked.Read(ref _authFailures);

    /// <summary>Connections refused by a limit.</summary>
    public long Rejected => Interlocked.Read(ref _rejected);

    /// <summary>Connections closed because no ConnectRequest came.</summary>
    public long SessionlessExpired => Interlocked.Read(ref _expired);

    /// <summary>Sizes of answers in bytes: last, smallest, largest; −1 before the first.</summary>
    public (int Last, int Min, int Max) ResponseSizes => Read(s => (s._lastResponse, s._leastResponse, s._mostResponse));

    /// <summary>Bytes sent.</summary>
    public long SentBytes => Read(s => s._sentBytes);

    internal LatencyRange Latency => Read(s => s._latency);

    internal IEnumerable<ConnectionRecord> Open => _open.Keys.OrderBy(static c => c.Since);

    internal int OpenCount => _open.Count;

    internal void Add(ConnectionRecord connection) => _open.TryAdd(connection, 0);

    internal void Remove(ConnectionRecord connection) => _open.TryRemove(connection, out _);

    internal void AddReceived(int frames, long bytes)
    {
        Interlocked.Add(ref _received, frames);
        Interlocked.Add(ref _receivedBytes, bytes);
    }

    internal void AddSent(int bytes, long? latency)
    {
        lock (_lock)
        {
            _sent++;
            _sentBytes += bytes;
            if (latency is { } milliseconds)
            {
                _latency.Add(milliseconds);
                _lastResponse = bytes;
                _leastResponse = _leastResponse < 0 ? bytes : Math.Min(_leastResponse, bytes);
                _mostResponse = Math.Max(_mostResponse, bytes);
            }
        }
    }

    internal void AddAuthFailure() => Interlocked.Increment(ref _authFailures);

    internal void AddRejected() => Interlocked.Increment(ref _rejected);

    internal void AddSessionlessExpired() => Interlocked.Increment(ref _expired);

    /// <summary>Starts again from 0 (<c>srst</c>).</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _latency = default;
            _sent = _sentBytes = 0;
            _lastResponse = _leastResponse = _mostResponse = -1;
        }

        Interlocked.Exchange(ref _received, 0);
        Interlocked.Exchange(ref _receivedBytes, 0);
        Interlocked.Exchange(ref _authFailures, 0);
        Interlocked.Exchange(ref _rejected, 0);
        Interlocked.Exchange(ref _expired, 0);
    }

    private T Read<T>(Func<EndpointStatistics, T> read)
    {
        lock (_lock)
        {
            return read(this);
        }
    }
}

using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using GrainKeeper.Core.Jute;
using ErrorCode = GrainKeeper.Core.Jute.ErrorCode;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>
/// What is known of one connection for <c>cons</c>, <c>stat</c> and the latencies: read off the headers of its frames as they pass. Replies come in the order of
/// their requests, so a queue of start times is all that latency needs. Thread-safe.
/// </summary>
internal sealed class ConnectionRecord(EndPoint? remote, bool secure, EndpointStatistics statistics)
{
    private const int ReplyHeaderSize = 16;
    private const int ConnectResponseSize = 16;
    private const int LargeAnswer = 16 * 1024;
    private readonly Lock _lock = new();
    private readonly Queue<(long Start, int Xid, OpCode Type)> _pending = new();
    private bool _established;
    private long _received;
    private long _sent;
    private long _sessionId;
    private int _timeout;
    private OpCode? _lastOperation;
    private int _lastXid = -1;
    private long _lastZxid;
    private long _lastResponse;
    private LatencyRange _latency;
    private int _lastBytes;
    private TaskCompletionSource? _answered;

    /// <summary>Whether it came over TLS.</summary>
    public bool IsSecure => secure;

    /// <summary>Where the client is.</summary>
    public EndPoint? Remote => remote;

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset Since { get; } = DateTimeOffset.UtcNow;

    /// <summary>Its session; 0 before there is one.</summary>
    public long SessionId => Interlocked.Read(ref _sessionId);

    /// <summary>Frames came from the client.</summary>
    public void Received(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        var now = Stopwatch.GetTimestamp();
        long bytes = 0;
        lock (_lock)
        {
            for (var i = 0; i < frames.Count; i++)
            {
                var frame = frames[i].Span;
                bytes += frame.Length + sizeof(int);
                _received++;
                if (_received > 1 && frame.Length >= 8)
                {
                    var reader = new JuteReader(frame);
                    var (xid, type, _) = RequestHeader.Read(ref reader);
                    _pending.Enqueue((now, xid, type));
                }
            }
        }

        statistics.AddReceived(frames.Count, bytes);
    }

    /// <summary>Complete frames go to the client.</summary>
    public void Sending(ReadOnlySpan<byte> frames)
    {
        var now = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            while (frames.Length >= sizeof(int))
            {
                var length = BinaryPrimitives.ReadInt32BigEndian(frames);
                Sending(frames.Slice(sizeof(int), length), now);
                frames = frames[(sizeof(int) + length)..];
            }
        }
    }

    /// <summary>
    /// Completes when more may be asked for: at once while answers are small. When they are large, only once all that was asked is answered, so that a few bytes of requests
    /// cannot make gigabytes of answers at a time.
    /// </summary>
    public Task AnsweredAsync()
    {
        lock (_lock)
        {
            if (_pending.Count == 0 || _lastBytes < LargeAnswer)
            {
                return Task.CompletedTask;
            }

            _answered ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _answered.Task;
        }
    }

    /// <summary>Begins its counts anew (<c>crst</c>).</summary>
    public void Reset()
    {
        lock (_lock)
        {
            // The ConnectRequest must not be expected again.
            _received = Math.Min(_received, 1);
            _sent = 0;
            _lastOperation = null;
            _lastXid = -1;
            _lastZxid = _lastResponse = 0;
            _latency = default;
        }
    }

    /// <summary>A line of <c>stat</c> (brief) or <c>cons</c>.</summary>
    public string Describe(bool brief)
    {
        lock (_lock)
        {
            var text = string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $" /{remote}[{(SessionId == 0 ? 0 : 1)}](queued={_pending.Count},recved={_received},sent={_sent}");
            if (!brief && SessionId != 0)
            {
                var xid = _lastXid >= 0 ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $",lcxid=0x{_lastXid:x}") : string.Empty;
                text += string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $",sid=0x{SessionId:x},lop={OperationNames.Of(_lastOperation)},est={Since.ToUnixTimeMilliseconds()},to={_timeout}{xid},lzxid=0x{_lastZxid:x}"
                    + $",lresp={_lastResponse},llat={_latency.Last},minlat={_latency.Min},avglat={(long)_latency.Average},maxlat={_latency.Max}");
            }

            return text + ")";
        }
    }

    private void Sending(ReadOnlySpan<byte> frame, long now)
    {
        _sent++;
        if (!_established)
        {
            if (frame.Length >= ConnectResponseSize)
            {
                _timeout = BinaryPrimitives.ReadInt32BigEndian(frame[4..]);
                Interlocked.Exchange(ref _sessionId, BinaryPrimitives.ReadInt64BigEndian(frame[8..]));
            }

            _established = true;
            statistics.AddSent(frame.Length, null);
            return;
        }

        if (frame.Length < ReplyHeaderSize || BinaryPrimitives.ReadInt32BigEndian(frame) == ReservedXid.Notification || !_pending.TryDequeue(out var request))
        {
            statistics.AddSent(frame.Length, null);
            return;
        }

        _lastBytes = frame.Length;
        if (_pending.Count == 0)
        {
            _answered?.TrySetResult();
            _answered = null;
        }

        var milliseconds = (long)Stopwatch.GetElapsedTime(request.Start, now).TotalMilliseconds;
        _latency.Add(milliseconds);
        _lastOperation = request.Type;
        _lastXid = request.Xid >= 0 ? request.Xid : _lastXid;
        _lastZxid = BinaryPrimitives.ReadInt64BigEndian(frame[4..]);
        _lastResponse = Environment.TickCount64;
        statistics.AddSent(frame.Length, milliseconds);
        if (request.Type == OpCode.Auth && BinaryPrimitives.ReadInt32BigEndian(frame[12..]) == (int)ErrorCode.AuthFailed)
        {
            statistics.AddAuthFailure();
        }
    }
}

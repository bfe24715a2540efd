using System.Threading.Channels;
using GrainKeeper.Client.Errors;

namespace GrainKeeper.Client.Sessions;

/// <summary>Requests that wait to be sent, and those under way: answered in the order in which they were sent. Safe for any thread.</summary>
internal sealed class RequestQueue(int capacity, TimeProvider time)
{
    /// <summary>A batch ends once it has so many bytes: what queues meanwhile goes with the next.</summary>
    private const int BatchBytes = 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<PendingRequest> _waiting = [];
    private readonly Queue<PendingRequest> _sent = [];
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Exception? _closed;
    private int _xid;

    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count + _sent.Count;
            }
        }
    }

    /// <summary>Adds a request at the end.</summary>
    /// <exception cref="GrainKeeperException">The queue is full, or the session is over.</exception>
    internal void Add(PendingRequest request)
    {
        lock (_lock)
        {
            if (_closed is not null)
            {
                throw _closed;
            }

            if (_waiting.Count + _sent.Count >= capacity)
            {
                throw GrainKeeperException.WithMessage(
                    ErrorCode.Throttled, $"{capacity} requests of this client are waiting: await some of them, or raise MaxOutstanding", request.Path);
            }

            request.QueuedAt = time.GetTimestamp();
            _waiting.AddLast(request);
        }

        Wake();
    }

    /// <summary>Waits for requests, or for <see cref="Wake"/>.</summary>
    internal ValueTask<bool> WaitAsync(CancellationToken token) => _signal.Reader.ReadAsync(token);

    /// <summary>Ends a wait.</summary>
    internal void Wake() => _signal.Writer.TryWrite(true);

    /// <summary>Moves waiting requests to those under way and writes them.</summary>
    internal void Collect(FrameWriter frames)
    {
        lock (_lock)
        {
            while (_waiting.First is { Value: var request } && (frames.Length == 0 || frames.Length + FrameWriter.SizeOf(request.Body) <= BatchBytes))
            {
                _waiting.RemoveFirst();
                if (request.IsOver)
                {
                    continue;
                }

                _xid = _xid == int.MaxValue ? 1 : _xid + 1;
                request.Xid = _xid;
                _sent.Enqueue(request);
                frames.Request(request.Xid, request.Type, request.Body.Span);
            }

            if (_waiting.Count > 0)
            {
                Wake();
            }
        }
    }

    /// <summary>Takes the request that an answer must be for.</summary>
    /// <exception cref="FormatException">The answer is for another, or for none.</exception>
    internal PendingRequest Answered(int xid)
    {
        lock (_lock)
        {
            if (!_sent.TryPeek(out var request) || request.Xid != xid)
            {
                throw new FormatException($"an answer to request {xid} came, but {(request is null ? "none" : $"request {request.Xid}")} was the next to be answered");
            }

            return _sent.Dequeue();
        }
    }

    /// <summary>After the connection was lost: reads go back to the front of the queue, of writes nobody knows.</summary>
    internal void Disconnected(string reason)
    {
        var lost = new List<PendingRequest>();
        lock (_lock)
        {
            foreach (var request in _sent.Reverse())
            {
                if (request.IsRead)
                {
                    _waiting.AddFirst(request);
                }
                else
                {
                    lost.Add(request);
                }
            }

            _sent.Clear();
        }

        foreach (var request in Enumerable.Reverse(lost))
        {
            request.Fail(Lost(request, reason));
        }
    }

    /// <summary>Fails those that wait for a connection longer than allowed, and forgets those that nobody waits for.</summary>
    internal void FailOverdue(TimeSpan limit, string reason)
    {
        var overdue = new List<PendingRequest>();
        lock (_lock)
        {
            for (var node = _waiting.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.IsOver)
                {
                    _waiting.Remove(node);
                }
                else if (time.GetElapsedTime(node.Value.QueuedAt) >= limit)
                {
                    _waiting.Remove(node);
                    overdue.Add(node.Value);
                }

                node = next;
            }
        }

        foreach (var request in overdue)
        {
            request.Fail(Lost(request, reason));
        }
    }

    /// <summary>Fails all, and every later one.</summary>
    internal void Close(Exception reason)
    {
        List<PendingRequest> all;
        lock (_lock)
        {
            _closed ??= reason;
            all = [.. _sent, .. _waiting];
            _sent.Clear();
            _waiting.Clear();
        }

        foreach (var request in all)
        {
            request.Fail(reason);
        }
    }

    private static GrainKeeperException Lost(PendingRequest request, string reason) => GrainKeeperException.WithMessage(
        ErrorCode.ConnectionLoss,
        request.Xid == 0
            ? $"{request.Type}{(request.Path is null ? string.Empty : " " + request.Path)} was not sent: no server is connected ({reason})"
            : $"the connection was lost before {request.Type}{(request.Path is null ? string.Empty : " " + request.Path)} was answered; it may or may not have been carried out ({reason})",
        request.Path);
}

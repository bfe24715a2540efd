using System.Threading.Channels;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Sessions;

/// <summary>
/// Requests that wait to be sent, and those under way: answered in the order in which they were sent. When the servers keep the session's answers, all that were under way are sent again after
/// a loss, in the same order, writes under the same numbers. Safe for any thread.
/// </summary>
internal sealed class RequestQueue(int capacity, TimeProvider time)
{
    /// <summary>A batch ends once it has so many bytes: what queues meanwhile goes with the next.</summary>
    private const int BatchBytes = 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<PendingRequest> _waiting = [];
    private readonly Queue<PendingRequest> _sent = [];
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly WriteWindow _window = new();
    private Exception? _closed;
    private int _xid;
    private long _answers;

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

    /// <summary>Whether requests under way are sent again after a loss.</summary>
    internal bool SendsAgain
    {
        get
        {
            lock (_lock)
            {
                return _window.IsKept;
            }
        }
    }

    /// <summary>Requests answered so far, those left out that the client makes by itself on each connection.</summary>
    internal long Answers => Interlocked.Read(ref _answers);

    /// <summary>The session is new: so many answers the servers keep for it.</summary>
    internal void Open(int keptResults)
    {
        lock (_lock)
        {
            _window.Open(keptResults);
        }
    }

    /// <summary>Adds a request at the end.</summary>
    /// <param name="request">The request.</param>
    /// <param name="first">Whether it goes before all that wait, also when the queue is full: for the few that the client itself makes.</param>
    /// <exception cref="GrainKeeperException">The queue is full, or the session is over.</exception>
    internal void Add(PendingRequest request, bool first = false)
    {
        lock (_lock)
        {
            if (_closed is not null)
            {
                throw _closed;
            }

            if (!first && _waiting.Count + _sent.Count >= capacity)
            {
                throw GrainKeeperException.WithMessage(
                    ErrorCode.Throttled, $"{capacity} requests of this client are waiting: await some of them, or raise MaxOutstanding", request.Path);
            }

            request.QueuedAt = time.GetTimestamp();
            if (first)
            {
                _waiting.AddFirst(request);
            }
            else
            {
                _waiting.AddLast(request);
            }
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
                if (request.IsOver && !IsNumbered(request))
                {
                    _waiting.RemoveFirst();
                    continue;
                }

                if (!_window.HasRoomFor(request))
                {
                    // An answer makes room.
                    return;
                }

                _waiting.RemoveFirst();
                if (_window.IsKept && request.IsWrite)
                {
                    _window.Send(request);
                }
                else
                {
                    _xid = _xid == int.MaxValue ? 1 : _xid + 1;
                    request.Xid = _xid;
                }

                request.Sends++;
                _sent.Enqueue(request);
                frames.Request(request.Xid, request.Type, request.Body.Span, request.Consistency == ReadConsistency.Linearizable);
            }

            if (_waiting.Count > 0)
            {
                Wake();
            }
        }
    }

    /// <summary>Whether somebody waits for a read that any server may answer.</summary>
    internal bool HasEventual
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Any(r => r is { Consistency: ReadConsistency.Eventual, IsOver: false });
            }
        }
    }

    /// <summary>As <see cref="Collect"/>, for a server that is out of touch with a quorum: only reads that any server may answer, ahead of whatever else waits.</summary>
    internal void CollectEventual(FrameWriter frames)
    {
        lock (_lock)
        {
            for (var node = _waiting.First; node is not null && frames.Length <= BatchBytes;)
            {
                var next = node.Next;
                if (node.Value is { Consistency: ReadConsistency.Eventual, IsOver: false } request)
                {
                    _waiting.Remove(node);
                    _xid = _xid == int.MaxValue ? 1 : _xid + 1;
                    request.Xid = _xid;
                    request.Sends++;
                    _sent.Enqueue(request);
                    frames.Request(request.Xid, request.Type, request.Body.Span);
                }

                node = next;
            }

            if (frames.Length > BatchBytes)
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

            if (request.Type != OpCode.ResumeWatches)
            {
                Interlocked.Increment(ref _answers);
            }

            if (_window.IsKept && request.IsWrite)
            {
                _window.Answered(request);
                if (_waiting.Count > 0)
                {
                    Wake();
                }
            }

            return _sent.Dequeue();
        }
    }

    /// <summary>
    /// After the connection was lost: what was under way goes back to the front of the queue. When no answers are kept for the session, only reads do, and of writes nobody knows.
    /// </summary>
    internal void Disconnected(string reason)
    {
        var lost = new List<PendingRequest>();
        lock (_lock)
        {
            foreach (var request in _sent.Reverse())
            {
                if (request.IsRead || (_window.IsKept && request.Type != OpCode.CloseSession))
                {
                    _waiting.AddFirst(request);
                }
                else
                {
                    lost.Add(request);
                }
            }

            _sent.Clear();
            _window.Clear();
        }

        foreach (var request in Enumerable.Reverse(lost))
        {
            request.Fail(Lost(request, reason));
        }
    }

    /// <summary>Fails those that wait for a connection longer than allowed, and forgets those that nobody waits for; but not numbered ones, for the numbers must leave no gap.</summary>
    /// <returns>Whether there were such.</returns>
    internal bool FailOverdue(TimeSpan limit, string reason)
    {
        var overdue = new List<PendingRequest>();
        lock (_lock)
        {
            for (var node = _waiting.First; node is not null;)
            {
                var next = node.Next;
                if (IsNumbered(node.Value))
                {
                    if (!node.Value.IsOver && time.GetElapsedTime(node.Value.QueuedAt) >= limit)
                    {
                        overdue.Add(node.Value);
                    }
                }
                else if (node.Value.IsOver)
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
            request.Fail(IsNumbered(request) ? Overdue(request, limit, reason) : Lost(request, reason));
        }

        return overdue.Count > 0;
    }

    /// <summary>Whether the oldest request waits for longer than that.</summary>
    internal bool IsOverdue(TimeSpan limit)
    {
        lock (_lock)
        {
            return _waiting.First is { Value: var oldest } && time.GetElapsedTime(oldest.QueuedAt) >= limit;
        }
    }

    /// <summary>Fails all, and every later one.</summary>
    /// <param name="reason">Why the session is over.</param>
    /// <param name="unknown">What to fail writes with that were sent: nobody knows of them.</param>
    internal void Close(Exception reason, Func<PendingRequest, Exception> unknown)
    {
        lock (_lock)
        {
            _closed ??= reason;
        }

        FailAll(reason, unknown);
    }

    /// <summary>Fails all; later ones begin anew.</summary>
    /// <param name="reason">Why the session is over.</param>
    /// <param name="unknown">What to fail writes with that were sent: nobody knows of them.</param>
    internal void FailAll(Exception reason, Func<PendingRequest, Exception> unknown)
    {
        List<PendingRequest> all;
        lock (_lock)
        {
            all = [.. _sent, .. _waiting];
            _sent.Clear();
            _waiting.Clear();
        }

        foreach (var request in all)
        {
            request.Fail(IsNumbered(request) ? unknown(request) : reason);
        }
    }

    private bool IsNumbered(PendingRequest request) => _window.IsKept && request.IsWrite && request.Xid != 0;

    private static GrainKeeperException Overdue(PendingRequest request, TimeSpan limit, string reason) => GrainKeeperException.WithMessage(
        ErrorCode.OperationTimeout,
        $"{request.Type} {request.Path} was sent, but no server was there to answer it for {limit.TotalSeconds:0.###} s ({reason}); it may or may not have been carried out, and is sent again once a server accepts the session",
        request.Path);

    private static GrainKeeperException Lost(PendingRequest request, string reason) => GrainKeeperException.WithMessage(
        ErrorCode.ConnectionLoss,
        request.Xid == 0
            ? $"{request.Type}{(request.Path is null ? string.Empty : " " + request.Path)} was not sent: no server is connected ({reason})"
            : $"the connection was lost before {request.Type}{(request.Path is null ? string.Empty : " " + request.Path)} was answered; it may or may not have been carried out ({reason})",
        request.Path);
}

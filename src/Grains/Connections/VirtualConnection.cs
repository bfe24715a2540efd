using System.Buffers.Binary;
using GrainKeeper.Contracts.Trees;
using GrainKeeper.Grains.Pumping;

namespace GrainKeeper.Grains.Connections;

/// <summary>
/// The server's end of a native client's connection: frames come and go in numbered batches by grain calls. A batch to the client is kept until the client confirms
/// it, and one from the client is taken once, so that a lost answer loses nothing. Thread-safe.
/// </summary>
internal sealed class VirtualConnection(int maxFrame, long maxQueuedBytes) : IConnectionSink
{
    private const int TargetBatchBytes = 1024 * 1024;
    private static readonly byte[] _nothing = [];

    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _ready = new();
    private ByteBuffer _filling = new(256);
    private long _queuedBytes;
    private ReceivedBatch? _unconfirmed;
    private TaskCompletionSource? _receiver;
    private TaskCompletionSource? _resumed;
    private string? _closedReason;
    private long _sent;
    private long _received;
    private long _lastUsed = Environment.TickCount64;

    /// <summary>The replica's side. Set once, right after it is made.</summary>
    public IReplicaConnection? Connection { get; set; }

    /// <summary>When the client last called, on the monotonic clock.</summary>
    public long LastUsed => Interlocked.Read(ref _lastUsed);

    /// <summary>Whether the connection has ended and the client knows, or need not be told.</summary>
    public bool Finished { get; private set; }

    /// <inheritdoc/>
    public bool TryWrite(ReadOnlySpan<byte> frames)
    {
        lock (_gate)
        {
            if (_closedReason is not null)
            {
                return true;
            }

            if (_queuedBytes + frames.Length > maxQueuedBytes)
            {
                return false;
            }

            _queuedBytes += frames.Length;
            _filling.Append(frames);
            if (_filling.Length >= TargetBatchBytes)
            {
                Seal();
            }

            return true;
        }
    }

    /// <inheritdoc/>
    public void Flush() => Release(ref _receiver);

    /// <inheritdoc/>
    public void PauseReading(bool paused)
    {
        if (!paused)
        {
            Release(ref _resumed);
            return;
        }

        lock (_gate)
        {
            _resumed ??= New();
        }
    }

    /// <inheritdoc/>
    public void Close(string reason)
    {
        lock (_gate)
        {
            _closedReason ??= reason;
        }

        Release(ref _receiver);
        Release(ref _resumed);
    }

    /// <summary>Takes a batch of the client's frames.</summary>
    public async Task<SendOutcome> SendAsync(FrameBatch batch, int waitMilliseconds)
    {
        Touch();
        TaskCompletionSource? resumed;
        lock (_gate)
        {
            resumed = _resumed;
        }

        if (resumed is not null)
        {
            await Task.WhenAny(resumed.Task, Task.Delay(waitMilliseconds));
        }

        lock (_gate)
        {
            if (_closedReason is not null)
            {
                return SendOutcome.Closed;
            }

            if (_resumed is not null)
            {
                return SendOutcome.Busy;
            }

            if (batch.Number <= _received)
            {
                return SendOutcome.Accepted;
            }
        }

        string? fault = null;
        var frames = new List<ReadOnlyMemory<byte>>();
        if (batch.Number != _received + 1)
        {
            fault = $"batch {batch.Number} came where {_received + 1} was due";
        }
        else if (batch.Bytes is null || batch.Bytes.Length > Math.Max(FrameBatch.MaxBytes, maxFrame + 4L))
        {
            fault = $"a batch may hold {FrameBatch.MaxBytes} bytes or one frame: send smaller batches";
        }
        else
        {
            fault = Split(batch.Bytes, frames);
        }

        if (fault is not null)
        {
            Abort(fault);
            return SendOutcome.Closed;
        }

        if (!Connection!.TryPost(frames))
        {
            lock (_gate)
            {
                return _closedReason is null ? SendOutcome.Busy : SendOutcome.Closed;
            }
        }

        _received = batch.Number;
        return SendOutcome.Accepted;
    }

    /// <summary>Waits for the batch after the one given.</summary>
    public async Task<ReceivedBatch> ReceiveAsync(long after, int waitMilliseconds, CancellationToken cancellationToken)
    {
        Touch();
        TaskCompletionSource mine;
        lock (_gate)
        {
            if (TryTake(after) is { } batch)
            {
                return batch;
            }

            // A later call ends an earlier one: its caller has given up on it.
            _receiver?.TrySetResult();
            _receiver = mine = New();
        }

        await Task.WhenAny(mine.Task, Task.Delay(waitMilliseconds, cancellationToken));
        Touch();
        lock (_gate)
        {
            var replaced = _receiver is not null && !ReferenceEquals(_receiver, mine);
            if (ReferenceEquals(_receiver, mine))
            {
                _receiver = null;
            }

            return replaced ? new ReceivedBatch(0, _nothing, null) : TryTake(after) ?? new ReceivedBatch(0, _nothing, null);
        }
    }

    /// <summary>Ends the connection from this side.</summary>
    public void Abort(string reason)
    {
        Close(reason);
        Connection?.Close();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Touch() => Interlocked.Exchange(ref _lastUsed, Environment.TickCount64);

    private void Release(ref TaskCompletionSource? waiting)
    {
        TaskCompletionSource? released;
        lock (_gate)
        {
            released = waiting;
            waiting = null;
        }

        released?.TrySetResult();
    }

    private ReceivedBatch? TryTake(long after)
    {
        if (_unconfirmed is { } unconfirmed && after == unconfirmed.Number - 1)
        {
            return unconfirmed;
        }

        if (after != _sent)
        {
            _closedReason ??= $"batch {after} was confirmed where {_sent} was the last sent";
            Connection?.Close();
        }

        _unconfirmed = null;
        if (_ready.Count == 0 && _filling.Length > 0)
        {
            Seal();
        }

        if (after == _sent && _ready.TryDequeue(out var bytes))
        {
            _queuedBytes -= bytes.Length;
            return _unconfirmed = new ReceivedBatch(++_sent, bytes, null);
        }

        if (_closedReason is null)
        {
            return null;
        }

        Finished = true;
        return new ReceivedBatch(0, _nothing, _closedReason);
    }

    private void Seal()
    {
        _ready.Enqueue(_filling.Written.ToArray());
        if (_filling.Capacity > 2 * TargetBatchBytes)
        {
            _filling = new ByteBuffer(256);
        }
        else
        {
            _filling.CutTo(0);
        }
    }

    private string? Split(byte[] bytes, List<ReadOnlyMemory<byte>> frames)
    {
        ReadOnlyMemory<byte> rest = bytes;
        while (!rest.IsEmpty)
        {
            var length = rest.Length >= 4 ? BinaryPrimitives.ReadInt32BigEndian(rest.Span) : -1;
            if (length < 0 || length > rest.Length - 4)
            {
                return "a batch must hold complete frames, each after its length";
            }

            if (length > maxFrame)
            {
                return $"a frame of {length} bytes is larger than the limit of {maxFrame}: raise jute.maxbuffer on the servers or send less";
            }

            frames.Add(rest.Slice(4, length));
            rest = rest[(4 + length)..];
        }

        return null;
    }
}

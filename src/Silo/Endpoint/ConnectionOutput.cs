using System.Buffers;
using System.IO.Pipelines;
using GrainKeeper.Grains.Connections;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>
/// One client's output. While the socket takes what it is given, frames are copied once, straight into the transport's pipe; while it does not,
/// they wait in a bounded buffer and reading from the client is held back.
/// </summary>
internal sealed class ConnectionOutput(PipeWriter writer, int maxPending, ConnectionRecord record, Action<string> closed) : IConnectionSink
{
    private const int KeptBuffer = 256 * 1024;
    private const int LargestPiece = 256 * 1024;
    private readonly Lock _lock = new();
    private ArrayBufferWriter<byte>? _waiting;
    private TaskCompletionSource? _drained;
    private TaskCompletionSource? _resumed;
    private bool _flushing;
    private bool _dirty;
    private long _unflushed;
    private string? _closeReason;
    private bool _closed;

    public bool TryWrite(ReadOnlySpan<byte> frames)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return true;
            }

            if (_flushing)
            {
                _waiting ??= new ArrayBufferWriter<byte>();
                if (_waiting.WrittenCount + frames.Length > maxPending)
                {
                    return false;
                }

                _waiting.Write(frames);
            }
            else if (_unflushed > 0 && _unflushed + frames.Length > maxPending)
            {
                return false;
            }
            else
            {
                Write(frames);
                _unflushed += frames.Length;
                _dirty = true;
            }
        }

        record.Sending(frames);
        return true;
    }

    public void Flush()
    {
        lock (_lock)
        {
            if (_flushing || _closed || !_dirty)
            {
                return;
            }

            _dirty = false;
            _unflushed = 0;
            _flushing = true;
        }

        FlushLoop();
    }

    public void PauseReading(bool paused)
    {
        TaskCompletionSource? resume = null;
        lock (_lock)
        {
            if (paused)
            {
                _resumed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            else
            {
                resume = _resumed;
                _resumed = null;
            }
        }

        resume?.TrySetResult();
    }

    public void Close(string reason)
    {
        lock (_lock)
        {
            _closeReason ??= reason;
            if (!_flushing)
            {
                reason = string.Empty;
            }
        }

        if (reason.Length == 0)
        {
            Finish();
        }
        else
        {
            // What waits may still be read by the client, but nothing more is read from it: it may never read at all.
            closed(reason);
        }
    }

    /// <summary>Waits until what was written is taken by the transport.</summary>
    /// <param name="timeout">Milliseconds to wait at most.</param>
    public async Task DrainAsync(int timeout)
    {
        Task drained;
        lock (_lock)
        {
            _closeReason ??= "the client is gone";
            if (!_flushing)
            {
                _closed = true;
                return;
            }

            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            drained = _drained.Task;
        }

        await Task.WhenAny(drained, Task.Delay(timeout)).ConfigureAwait(false);
        lock (_lock)
        {
            _closed = true;
        }
    }

    /// <summary>Completes when the client may be read from: nothing waits for its socket, and the replica has not asked for a pause.</summary>
    public Task ReadyToReadAsync()
    {
        lock (_lock)
        {
            if (_closed || (!_flushing && _resumed is null))
            {
                return Task.CompletedTask;
            }

            if (_resumed is { } paused)
            {
                return paused.Task;
            }

            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    /// <summary>In as few pieces as possible, for each is sent by itself.</summary>
    private void Write(ReadOnlySpan<byte> frames)
    {
        while (!frames.IsEmpty)
        {
            var room = writer.GetSpan(Math.Min(frames.Length, LargestPiece));
            var length = Math.Min(room.Length, frames.Length);
            frames[..length].CopyTo(room);
            writer.Advance(length);
            frames = frames[length..];
        }
    }

    private async void FlushLoop()
    {
        try
        {
            while (true)
            {
                var result = await writer.FlushAsync().ConfigureAwait(false);
                lock (_lock)
                {
                    if (result.IsCompleted || result.IsCanceled)
                    {
                        _closeReason ??= "the client is gone";
                    }
                    else if (_waiting is { WrittenCount: > 0 })
                    {
                        Write(_waiting.WrittenSpan);
                        if (_waiting.Capacity > KeptBuffer)
                        {
                            // A client that was slow once must not hold the memory for good.
                            _waiting = null;
                        }
                        else
                        {
                            _waiting.ResetWrittenCount();
                        }

                        continue;
                    }

                    _flushing = false;
                    _drained?.TrySetResult();
                    _drained = null;
                    if (_closeReason is null)
                    {
                        return;
                    }
                }

                Finish();
                return;
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or OperationCanceledException)
        {
            lock (_lock)
            {
                _flushing = false;
                _closeReason ??= e.Message;
            }

            Finish();
        }
    }

    private void Finish()
    {
        string reason;
        TaskCompletionSource? drained, resumed;
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            reason = _closeReason ?? "closed";
            (drained, resumed) = (_drained, _resumed);
            (_drained, _resumed) = (null, null);
        }

        drained?.TrySetResult();
        resumed?.TrySetResult();
        closed(reason);
    }
}

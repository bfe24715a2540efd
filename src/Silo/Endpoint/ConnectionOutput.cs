using System.Buffers;
using System.IO.Pipelines;
using GrainKeeper.Grains.Connections;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>
/// One client's output. While the socket takes what it is given, frames are copied once, straight into the transport's pipe; while it does not,
/// they wait in a bounded buffer and reading from the client is held back.
/// </summary>
internal sealed class ConnectionOutput(PipeWriter writer, int maxPending, EndpointStatistics statistics, Action<string> closed) : IConnectionSink
{
    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _waiting = new();
    private TaskCompletionSource? _drained;
    private TaskCompletionSource? _resumed;
    private bool _flushing;
    private bool _dirty;
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
                if (_waiting.WrittenCount + frames.Length > maxPending)
                {
                    return false;
                }

                _waiting.Write(frames);
                return true;
            }

            writer.Write(frames);
            _dirty = true;
            return true;
        }
    }

    public void Flush()
    {
        lock (_lock)
        {
            if (_flushing || _closed || !_dirty)
            {
                return;
            }

            statistics.AddSent();
            _dirty = false;
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
            if (_flushing)
            {
                return;
            }
        }

        Finish();
    }

    /// <summary>Completes when the client may be read from: nothing waits for its socket, and the replica has not asked for a pause.</summary>
    public ValueTask ReadyToReadAsync()
    {
        lock (_lock)
        {
            if (_closed || (!_flushing && _resumed is null))
            {
                return ValueTask.CompletedTask;
            }

            if (_resumed is { } paused)
            {
                return new ValueTask(paused.Task);
            }

            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_drained.Task);
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
                    else if (_waiting.WrittenCount > 0)
                    {
                        writer.Write(_waiting.WrittenSpan);
                        _waiting.ResetWrittenCount();
                        statistics.AddSent();
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

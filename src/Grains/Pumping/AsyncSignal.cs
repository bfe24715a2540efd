namespace GrainKeeper.Grains.Pumping;

/// <summary>
/// Wakes one waiting loop: a set signal lets the next wait pass at once; setting it twice is the same as once. The waiter goes on where it
/// awaited (on its activation's scheduler, when it has one), never on the thread that set the signal.
/// </summary>
internal sealed class AsyncSignal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private TaskCompletionSource? _waiter;
    private long _armed = long.MaxValue;
    private bool _set;

    public AsyncSignal() => _timer = new Timer(static state => ((AsyncSignal)state!).Wake(), this, Timeout.Infinite, Timeout.Infinite);

    /// <summary>Wakes the waiter, or lets the next wait pass.</summary>
    public void Set()
    {
        TaskCompletionSource? waiter;
        lock (_gate)
        {
            waiter = _waiter;
            _waiter = null;
            _set = waiter is null;
        }

        waiter?.TrySetResult();
    }

    /// <summary>
    /// Waits until the signal is set, or the time is over; it may also end earlier, at the end of the time of a wait before. One caller at a time.
    /// </summary>
    /// <param name="milliseconds">How long at most; null without a limit.</param>
    public Task WaitAsync(long? milliseconds)
    {
        lock (_gate)
        {
            if (_set || milliseconds <= 0)
            {
                _set = false;
                return Task.CompletedTask;
            }

            // A timer that is due before is left alone: to move it with every wait costs more than an idle round once in a while.
            if (milliseconds is { } limit && Environment.TickCount64 + limit is var due && due < _armed)
            {
                _armed = due;
                _timer.Change(Math.Min(limit, int.MaxValue), Timeout.Infinite);
            }

            _waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiter.Task;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        Set();
    }

    private void Wake()
    {
        lock (_gate)
        {
            _armed = long.MaxValue;
        }

        Set();
    }
}

namespace GrainKeeper.Grains.Pumping;

/// <summary>
/// Wakes one waiting loop: a set signal lets the next wait pass at once; setting it twice is the same as once. The waiter goes on where it
/// awaited (on its activation's scheduler, when it has one), never on the thread that set the signal. While it waits, another thread may stand in for it: what is set meanwhile wakes it afterwards.
/// </summary>
internal sealed class AsyncSignal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private TaskCompletionSource? _waiter;
    private long _armed = long.MaxValue;
    private bool _set;
    private bool _standIn;

    public AsyncSignal() => _timer = new Timer(static state => ((AsyncSignal)state!).Wake(), this, Timeout.Infinite, Timeout.Infinite);

    /// <summary>Wakes the waiter, or lets the next wait pass.</summary>
    public void Set()
    {
        TaskCompletionSource? waiter;
        lock (_gate)
        {
            waiter = TakeWaiter();
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

            Arm(milliseconds);
            _waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiter.Task;
        }
    }

    /// <summary>Takes the waiter's place, if it waits: it stays asleep until <see cref="StandDown"/>, which has to follow. From any thread; one at a time.</summary>
    public bool TryStandIn()
    {
        lock (_gate)
        {
            if (_waiter is null || _standIn)
            {
                return false;
            }

            _standIn = true;
            return true;
        }
    }

    /// <summary>Gives the waiter's place back, and wakes it if the signal was set meanwhile.</summary>
    /// <param name="milliseconds">How long it may wait from now on, if that is over sooner than its own time; null without a limit.</param>
    public void StandDown(long? milliseconds)
    {
        TaskCompletionSource? waiter = null;
        lock (_gate)
        {
            _standIn = false;
            if (_set || milliseconds <= 0)
            {
                _set = false;
                waiter = TakeWaiter();
            }
            else
            {
                Arm(milliseconds);
            }
        }

        waiter?.TrySetResult();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        Set();
    }

    private TaskCompletionSource? TakeWaiter()
    {
        if (_standIn)
        {
            return null;
        }

        var waiter = _waiter;
        _waiter = null;
        return waiter;
    }

    private void Arm(long? milliseconds)
    {
        // A timer that is due before is left alone: to move it with every wait costs more than an idle round once in a while.
        if (milliseconds is { } limit && Environment.TickCount64 + limit is var due && due < _armed)
        {
            _armed = due;
            _timer.Change(Math.Min(limit, int.MaxValue), Timeout.Infinite);
        }
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

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

    /// <summary>Waits until the signal is set, or the time is over. One caller at a time.</summary>
    /// <param name="milliseconds">How long at most; null without a limit.</param>
    public Task WaitAsync(long? milliseconds)
    {
        TaskCompletionSource waiter;
        lock (_gate)
        {
            if (_set || milliseconds <= 0)
            {
                _set = false;
                return Task.CompletedTask;
            }

            _waiter = waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        _timer.Change(milliseconds is { } due ? Math.Min(due, int.MaxValue) : Timeout.Infinite, Timeout.Infinite);
        return waiter.Task;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        Set();
    }

    // A timer that fires late for an earlier wait only causes an idle round.
    private void Wake() => Set();
}

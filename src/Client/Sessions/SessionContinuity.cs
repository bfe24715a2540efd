namespace GrainKeeper.Client.Sessions;

/// <summary>
/// Whether the session can be relied on without a gap: what a lock holder must know. A stretch ends when the session is over, and when no server is attached and
/// nothing has been heard for two thirds of the session timeout: the servers may expire it a third later. The next attachment begins a new stretch. Safe for any thread.
/// </summary>
internal sealed class SessionContinuity(TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private CancellationTokenSource _stretch = new();
    private ITimer? _timer;
    private bool _over;

    /// <summary>Cancelled when the present stretch ends; cancelled already when there is none.</summary>
    internal CancellationToken Token
    {
        get
        {
            lock (_lock)
            {
                return _stretch.Token;
            }
        }
    }

    /// <summary>A server has accepted the session.</summary>
    internal void Attached()
    {
        lock (_lock)
        {
            StopTimer();
            if (_stretch.IsCancellationRequested && !_over)
            {
                _stretch = new CancellationTokenSource();
            }
        }
    }

    /// <summary>The connection is lost.</summary>
    /// <param name="left">How much longer the session can be relied on.</param>
    internal void Detached(TimeSpan left)
    {
        if (left <= TimeSpan.Zero)
        {
            Break();
            return;
        }

        lock (_lock)
        {
            StopTimer();
            _timer = time.CreateTimer(static state => ((SessionContinuity)state!).Elapsed(), this, left, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The session is over; a renewed one begins with <see cref="Attached"/>.</summary>
    internal void Break()
    {
        lock (_lock)
        {
            StopTimer();

            // Cancelled here and now, for an attachment that follows must see it; those who hear of it may block, and are told apart from the connection's own work.
            _ = _stretch.CancelAsync();
        }
    }

    /// <summary>There will be no session any more. Sources are left to the collector: whoever holds a token may still register with it.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _over = true;
        }

        Break();
    }

    private void Elapsed()
    {
        lock (_lock)
        {
            // Unless a server was attached in the same moment.
            if (_timer is not null)
            {
                Break();
            }
        }
    }

    private void StopTimer()
    {
        _timer?.Dispose();
        _timer = null;
    }
}

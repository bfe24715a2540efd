namespace GrainKeeper.Storage.Waiting;

/// <summary>A signal for every machine.</summary>
internal sealed class MonitorSignal : ThreadSignal
{
    private readonly object _gate = new();
    private bool _set;

    /// <inheritdoc/>
    public override void Set()
    {
        lock (_gate)
        {
            if (!_set)
            {
                _set = true;
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <inheritdoc/>
    public override bool Wait(int milliseconds)
    {
        var until = milliseconds == Timeout.Infinite ? long.MaxValue : Environment.TickCount64 + milliseconds;
        lock (_gate)
        {
            while (!_set)
            {
                var left = until == long.MaxValue ? Timeout.Infinite : (int)Math.Max(0, until - Environment.TickCount64);
                if (left == 0)
                {
                    return false;
                }

                Monitor.Wait(_gate, left);
            }

            _set = false;
            return true;
        }
    }
}

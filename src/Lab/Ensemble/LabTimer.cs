using GrainKeeper.Lab.Scheduling;

namespace GrainKeeper.Lab.Ensemble;

/// <summary>Wakes a core at its deadline, which every step may change.</summary>
internal sealed class LabTimer(EventLoop loop, Action ring)
{
    private long? _deadline;
    private int _version;

    /// <summary>Sets the deadline, in milliseconds of virtual time; null for none.</summary>
    internal void Set(long? deadline)
    {
        if (deadline == _deadline)
        {
            return;
        }

        _deadline = deadline;
        var version = ++_version;
        if (deadline is { } due)
        {
            loop.At(due * EventLoop.Millisecond, () =>
            {
                if (version == _version)
                {
                    _deadline = null;
                    ring();
                }
            });
        }
    }

    internal void Stop() => Set(null);
}

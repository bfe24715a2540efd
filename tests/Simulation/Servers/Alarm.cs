
namespace GrainKeeper.Simulation.Servers;

/// <summary>The timer that wakes a core at its deadline, a little late as timers are.</summary>
public sealed class Alarm(EventLoop loop, ServerClock clock, SimRandom random, Action ring)
{
    private const int mostRingsAtOnce = 1_000;

    private long? _deadline;
    private int _version;
    private long _ringsAt;
    private int _rings;

    /// <summary>Sets the deadline in monotonic milliseconds; null for none.</summary>
    public void Set(long? deadline)
    {
        if (deadline == _deadline)
        {
            return;
        }

        _deadline = deadline;
        var version = ++_version;
        if (deadline is { } at)
        {
            loop.At(clock.VirtualTimeOf(at) + random.Between(0, 500), () =>
            {
                if (version == _version)
                {
                    _deadline = null;
                    CountRing();
                    ring();
                }
            });
        }
    }

    /// <summary>Forgets the deadline.</summary>
    public void Stop()
    {
        _version++;
        _deadline = null;
    }

    private void CountRing()
    {
        _rings = loop.Now - _ringsAt > EventLoop.Millisecond ? 0 : _rings + 1;
        _ringsAt = loop.Now;
        if (_rings > mostRingsAtOnce)
        {
            throw new PropertyViolatedException("no busy waiting", $"a core's deadline came {_rings} times without a millisecond between");
        }
    }
}

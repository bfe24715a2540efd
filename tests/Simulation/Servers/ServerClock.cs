using GrainKeeper.Core;

namespace GrainKeeper.Simulation.Servers;

/// <summary>A server's clocks: a monotonic one with its own zero and pace, and a wall clock that jumps.</summary>
public sealed class ServerClock(EventLoop loop, long zero, int driftPerMillion)
{
    private const long wallAtStart = 1_700_000_000_000;

    /// <summary>How far the wall clock is off, in milliseconds.</summary>
    public long WallSkew { get; set; }

    /// <summary>The moment as this server sees it.</summary>
    public Now Now => new(Monotonic(loop.Now), wallAtStart + (loop.Now / 1000) + WallSkew);

    /// <summary>The virtual time, in microseconds, at which the monotonic clock first shows a value.</summary>
    public long VirtualTimeOf(long monotonic)
    {
        var time = (monotonic - zero) * 1000 * 1_000_000 / (1_000_000 + driftPerMillion);
        while (Monotonic(time) < monotonic)
        {
            time += 100;
        }

        return time;
    }

    private long Monotonic(long virtualTime) => zero + ((virtualTime + (virtualTime * driftPerMillion / 1_000_000)) / 1000);
}

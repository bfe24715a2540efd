namespace GrainKeeper.Silo.Endpoint;

/// <summary>Smallest, mean and largest of a series of latencies, in milliseconds. Not thread-safe.</summary>
internal struct LatencyRange
{
    private long _count;
    private long _sum;

    public long Last { get; private set; }

    public long Min { get; private set; }

    public long Max { get; private set; }

    public readonly double Average => _count == 0 ? 0 : (double)_sum / _count;

    public void Add(long milliseconds)
    {
        Last = milliseconds;
        Min = _count == 0 ? milliseconds : Math.Min(Min, milliseconds);
        Max = Math.Max(Max, milliseconds);
        _count++;
        _sum += milliseconds;
    }
}

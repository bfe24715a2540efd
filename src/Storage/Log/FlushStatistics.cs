namespace GrainKeeper.Storage.Log;

/// <summary>Counters of log flushes: written by the writer thread, read by any.</summary>
internal sealed class FlushStatistics
{
    private long _flushes;
    private long _last;
    private long _longest;
    private long _total;
    private long _txns;
    private long _bytes;
    private long _unpreparedRolls;

    public long Flushes => Volatile.Read(ref _flushes);

    public TimeSpan Last => new(Volatile.Read(ref _last));

    public TimeSpan Longest => new(Volatile.Read(ref _longest));

    public TimeSpan Total => new(Volatile.Read(ref _total));

    public long Txns => Volatile.Read(ref _txns);

    public long Bytes => Volatile.Read(ref _bytes);

    public long UnpreparedRolls => Volatile.Read(ref _unpreparedRolls);

    public void Flushed(TimeSpan took, int txns, long bytes)
    {
        // In this order: whoever reads the last one first never finds it longer than the longest.
        Volatile.Write(ref _longest, Math.Max(_longest, took.Ticks));
        Volatile.Write(ref _last, took.Ticks);
        Volatile.Write(ref _total, _total + took.Ticks);
        Volatile.Write(ref _txns, _txns + txns);
        Volatile.Write(ref _bytes, _bytes + bytes);
        Volatile.Write(ref _flushes, _flushes + 1);
    }

    public void RolledUnprepared() => Volatile.Write(ref _unpreparedRolls, _unpreparedRolls + 1);
}

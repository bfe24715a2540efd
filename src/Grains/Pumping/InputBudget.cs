namespace GrainKeeper.Grains.Pumping;

/// <summary>How much of one kind of input may wait for a pump. Thread-safe.</summary>
/// <param name="limit">The most that may wait, in whatever unit its users count. One input is admitted even when it alone exceeds the limit.</param>
internal sealed class InputBudget(long limit)
{
    private long _used;

    /// <summary>What waits now.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Whether an input of the smallest size would be admitted.</summary>
    public bool HasRoom => Used < limit;

    /// <summary>Takes a part of the budget.</summary>
    public bool TryTake(long cost)
    {
        if (Interlocked.Add(ref _used, cost) - cost is var before && before > 0 && before + cost > limit)
        {
            Interlocked.Add(ref _used, -cost);
            return false;
        }

        return true;
    }

    /// <summary>Gives a part back.</summary>
    public void Return(long cost) => Interlocked.Add(ref _used, -cost);
}

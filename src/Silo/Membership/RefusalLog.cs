namespace GrainKeeper.Silo.Membership;

/// <summary>Decides which repeated complaints are worth a line in the log: each once a minute, and only so many different ones.</summary>
internal sealed class RefusalLog
{
    private const int MaxReasons = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _last = [];

    public bool IsNew(string reason)
    {
        var now = Environment.TickCount64;
        lock (_lock)
        {
            if (_last.TryGetValue(reason, out var last) && now - last < Interval.TotalMilliseconds)
            {
                return false;
            }

            if (_last.Count >= MaxReasons && !_last.ContainsKey(reason))
            {
                foreach (var (old, _) in _last.Where(e => now - e.Value >= Interval.TotalMilliseconds).ToArray())
                {
                    _last.Remove(old);
                }

                if (_last.Count >= MaxReasons)
                {
                    return false;
                }
            }

            _last[reason] = now;
            return true;
        }
    }
}

namespace GrainKeeper.Grains.Pumping;

/// <summary>
/// Has the pumps to which a thread gives several inputs in a row woken once, when all are given: a pump that is woken for the first takes it alone, and what one round would have shared costs
/// several. For threads that take what many sockets have received at once.
/// </summary>
public static class DeferredWakes
{
    [ThreadStatic]
    private static List<AsyncSignal>? _signals;

    [ThreadStatic]
    private static bool _defers;

    /// <summary>From now on, until <see cref="End"/>, this thread wakes nobody. What it does meanwhile must be short.</summary>
    public static void Begin()
    {
        _signals ??= [];
        _defers = true;
    }

    /// <summary>Wakes whom the thread has given something.</summary>
    public static void End()
    {
        _defers = false;
        foreach (var signal in _signals!)
        {
            signal.Set();
        }

        _signals.Clear();
    }

    /// <summary>Sets a signal, now or when the thread has given all it has.</summary>
    internal static void Set(AsyncSignal signal)
    {
        if (!_defers)
        {
            signal.Set();
        }
        else if (!_signals!.Contains(signal))
        {
            _signals.Add(signal);
        }
    }
}

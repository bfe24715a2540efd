namespace GrainKeeper.Grains.Pumping;

/// <summary>
/// What waits for a core, in order, from any thread; taken all at once by one pump. What comes from outside is admitted within a limit of its
/// own kind (<see cref="TryAdd"/>); what the server itself produces (a disk's answer, a lost peer) is bounded by its cause and always admitted.
/// </summary>
/// <typeparam name="T">The inputs.</typeparam>
internal sealed class InputQueue<T>(AsyncSignal signal)
{
    private readonly Lock _gate = new();
    private List<T> _filling = [];
    private List<T> _spare = [];
    private bool _closed;

    /// <summary>Adds an input of the server itself.</summary>
    /// <returns>False when the queue is closed.</returns>
    public bool Add(T input)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _filling.Add(input);
        }

        signal.Set();
        return true;
    }

    /// <summary>Adds an input from outside unless its budget is used up.</summary>
    public bool TryAdd(T input, InputBudget budget, long cost)
    {
        lock (_gate)
        {
            if (_closed || !budget.TryTake(cost))
            {
                return false;
            }

            _filling.Add(input);
        }

        DeferredWakes.Set(signal);
        return true;
    }

    /// <summary>Takes everything that waits. The list is the pump's until it gives it back with the next call.</summary>
    public List<T> TakeAll(List<T>? previous)
    {
        lock (_gate)
        {
            if (previous is not null)
            {
                previous.Clear();
                _spare = previous.Capacity > 65_536 ? [] : previous;
            }

            var taken = _filling;
            _filling = _spare;
            _spare = null!;
            return taken;
        }
    }

    /// <summary>Takes nothing more.</summary>
    /// <returns>What waited; nobody will handle it.</returns>
    public List<T> Close()
    {
        lock (_gate)
        {
            _closed = true;
            var left = _filling;
            _filling = [];
            return left;
        }
    }
}

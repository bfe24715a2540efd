namespace GrainKeeper.Simulation.Checking;

/// <summary>
/// Is there an order of the operations on one object that respects real time and explains every answer? Depth first over which operation
/// comes next, remembering the positions already tried (Wing and Gong, with Lowe's memory). An operation without an answer may have taken effect at any time after its call, or never.
/// </summary>
public static class LinearizabilityChecker
{
    /// <summary>Positions that are tried before the search is given up, unless the caller says otherwise.</summary>
    public const int Budget = 500_000;

    /// <summary>Judges the history of one register, which is absent at first.</summary>
    /// <param name="operations">All operations on it.</param>
    /// <param name="budget">Positions to try before giving up.</param>
    public static LinearizabilityVerdict Check(IReadOnlyList<RegisterOperation> operations, int budget = Budget) => Check(operations, RegisterState.Absent, budget);

    /// <summary>Judges the history of one object.</summary>
    /// <param name="operations">All operations on it.</param>
    /// <param name="initial">Its state before all of them.</param>
    /// <param name="budget">Positions to try before giving up.</param>
    public static LinearizabilityVerdict Check<TState, TOperation>(IReadOnlyList<TOperation> operations, TState initial, int budget = Budget)
        where TState : struct, IEquatable<TState>
        where TOperation : ISequentialOperation<TState>
    {
        var history = operations.Where(o => !o.HasNoEffectIfUnknown).OrderBy(o => o.Invoked).ToArray();
        return new Search<TState, TOperation>(history, initial, budget).Run();
    }

    private sealed class Search<TState, TOperation>(TOperation[] history, TState initial, int budget)
        where TState : struct, IEquatable<TState>
        where TOperation : ISequentialOperation<TState>
    {
        private readonly HashSet<Position<TState>> _tried = [];
        private readonly Stack<(int Operation, TState Before, int NextTry)> _path = new();
        private readonly ulong[] _done = new ulong[(history.Length + 63) / 64];
        private int _answered = history.Count(o => o.Returned is not null);
        private int _firstOpen;

        public LinearizabilityVerdict Run()
        {
            var state = initial;
            var from = 0;
            while (_answered > 0)
            {
                if (_tried.Count > budget)
                {
                    return LinearizabilityVerdict.Undecided;
                }

                if (Next(from, state, out var operation, out var after))
                {
                    Do(operation);
                    if (Remember(after))
                    {
                        _path.Push((operation, state, operation + 1));
                        (state, from) = (after, _firstOpen);
                        continue;
                    }

                    Undo(operation);
                    from = operation + 1;
                    continue;
                }

                if (!_path.TryPop(out var last))
                {
                    return LinearizabilityVerdict.NotLinearizable;
                }

                Undo(last.Operation);
                (state, from) = (last.Before, last.NextTry);
            }

            return LinearizabilityVerdict.Linearizable;
        }

        private bool Next(int from, TState state, out int operation, out TState after)
        {
            var deadline = long.MaxValue;
            for (var i = _firstOpen; i < history.Length && history[i].Invoked <= deadline; i++)
            {
                if (IsDone(i))
                {
                    continue;
                }

                if (i >= from && history[i].TryApply(state, out after))
                {
                    operation = i;
                    return true;
                }

                deadline = Math.Min(deadline, history[i].Returned ?? long.MaxValue);
            }

            (operation, after) = (0, state);
            return false;
        }

        private void Do(int i)
        {
            _done[i / 64] |= 1UL << (i % 64);
            _answered -= history[i].Returned is not null ? 1 : 0;
            while (_firstOpen < history.Length && IsDone(_firstOpen))
            {
                _firstOpen++;
            }
        }

        private void Undo(int i)
        {
            _done[i / 64] &= ~(1UL << (i % 64));
            _answered += history[i].Returned is not null ? 1 : 0;
            _firstOpen = Math.Min(_firstOpen, i);
        }

        private bool IsDone(int i) => (_done[i / 64] >> (i % 64) & 1) != 0;

        private bool Remember(TState state) => _tried.Add(new Position<TState>((ulong[])_done.Clone(), state));
    }

    private readonly struct Position<TState>(ulong[] done, TState state) : IEquatable<Position<TState>>
        where TState : struct, IEquatable<TState>
    {
        private readonly ulong[] _done = done;
        private readonly TState _state = state;

        public bool Equals(Position<TState> other) => _state.Equals(other._state) && _done.AsSpan().SequenceEqual(other._done);

        public override bool Equals(object? obj) => obj is Position<TState> other && Equals(other);

        public override int GetHashCode()
        {
            var hash = _state.GetHashCode();
            foreach (var word in _done)
            {
                hash = (hash * 31) + word.GetHashCode();
            }

            return hash;
        }
    }
}

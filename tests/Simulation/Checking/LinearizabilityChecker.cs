namespace GrainKeeper.Simulation.Checking;

/// <summary>
/// Is there an order of the operations on one register that respects real time and explains every answer? Depth first over which operation
/// comes next, remembering the positions already tried (Wing and Gong, with Lowe's memory). An operation without an answer may have taken effect at any time after its call, or never.
/// </summary>
public static class LinearizabilityChecker
{
    /// <summary>Judges the history of one register.</summary>
    /// <param name="operations">All operations on it.</param>
    /// <param name="budget">Positions to try before giving up.</param>
    public static LinearizabilityVerdict Check(IReadOnlyList<RegisterOperation> operations, int budget = 500_000)
    {
        var history = operations.Where(o => !o.HasNoEffectIfUnknown).OrderBy(o => o.Invoked).ToArray();
        return new Search(history, budget).Run();
    }

    private sealed class Search(RegisterOperation[] history, int budget)
    {
        private readonly HashSet<Position> _tried = [];
        private readonly Stack<(int Operation, RegisterState Before, int NextTry)> _path = new();
        private readonly ulong[] _done = new ulong[(history.Length + 63) / 64];
        private int _answered = history.Count(o => o.Returned is not null);
        private int _firstOpen;

        public LinearizabilityVerdict Run()
        {
            var state = RegisterState.Absent;
            var from = 0;
            while (_answered > 0)
            {
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
                    if (_tried.Count > budget)
                    {
                        return LinearizabilityVerdict.Undecided;
                    }

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

        private bool Next(int from, RegisterState state, out int operation, out RegisterState after)
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

        private bool Remember(RegisterState state) => _tried.Add(new Position((ulong[])_done.Clone(), state));
    }

    private readonly struct Position(ulong[] done, RegisterState state) : IEquatable<Position>
    {
        private readonly ulong[] _done = done;
        private readonly RegisterState _state = state;

        public bool Equals(Position other) => _state == other._state && _done.AsSpan().SequenceEqual(other._done);

        public override bool Equals(object? obj) => obj is Position other && Equals(other);

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

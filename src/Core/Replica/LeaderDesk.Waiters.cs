using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Requests.Locks;

namespace GrainKeeper.Core.Replica;

/// <content>
/// Requests that wait for paths which transactions of atomic commit have locked. They step aside: others go ahead, but not those of the same session. The end of a session
/// waits for as long as it takes; everything else for a limited time.
/// </content>
internal sealed partial class LeaderDesk
{
    private const int MostWaiters = 10_000;
    private readonly TreePart _part;
    private readonly Dictionary<long, int> _waitersOf = [];
    private readonly List<LockNeed> _needs = [];
    private readonly List<ReadOnlyMemory<byte>> _ephemerals = [];
    private List<Waiter> _waiters = [];
    private Waiter? _resumed;
    private bool _retry;
    private int _lastNumber;
    private long _nextWait = long.MaxValue;

    /// <summary>Lets a request of a session wait behind those of its session that do.</summary>
    private bool IsBehindWaiters(in Held held)
    {
        if (_waitersOf.Count == 0 || _resumed is not null || held.Origin is null || !_waitersOf.ContainsKey(held.Request.SessionId))
        {
            return false;
        }

        StepAside(held, isEnding: false);
        return true;
    }

    /// <summary>Lets a request wait when it needs what is locked, or refuses it when it has waited long enough.</summary>
    /// <returns>False when nothing stands against it.</returns>
    private bool MustWait(in Held held)
    {
        if (_part.IsIdle || !TryFindConflict(held.Request, out var conflict))
        {
            return false;
        }

        var ends = held.Request.Type == OpCode.CloseSession;
        if (held.Origin is null && !ends)
        {
            // A collector's delete: its next look will find the node again.
            return true;
        }

        var over = _resumed is { } resumed ? _now.Monotonic >= resumed.Until : _waiters.Count >= MostWaiters;
        if (over && !ends)
        {
            Propose(_preparer.Refuse(held.Request, ErrorCode.OperationTimeout, conflict.Part, _now.Wall));
            NoteAndTell(held);
        }
        else if (_resumed is { } again)
        {
            Keep(again with { IsEnding = ends });
        }
        else
        {
            StepAside(held, isEnding: ends);
        }

        return true;
    }

    private bool TryFindConflict(in WriteRequest request, out LockConflict<AtomicCommit.TransactionId> conflict)
    {
        _needs.Clear();
        if (request.Type == OpCode.CloseSession)
        {
            _changes.CollectEphemerals(request.SessionId, _ephemerals);
            foreach (var path in _ephemerals)
            {
                LockNeeds.Delete(path, 0, _needs);
            }

            _ephemerals.Clear();
        }
        else
        {
            LockNeeds.Collect(request, _needs);
        }

        return _part.TryFindConflict(_needs, out conflict);
    }

    private void StepAside(Held held, bool isEnding)
    {
        if (held.Origin is { } origin && held.Number == 0)
        {
            Tell(held, Outcome.Waiting(_lastProposed));
            held = held with { Number = origin == _self ? ++_lastNumber : _learners.TryGetValue(origin, out var outcomes) ? ++outcomes.LastNumber : 0 };
        }

        var wait = _state.Sessions.TryGetTimeout(held.Request.SessionId, out var timeout) ? Math.Min(_options.MaxLockWait, timeout / 3) : _options.MaxLockWait;
        Keep(new Waiter(held, held.Request.Type == OpCode.CloseSession ? long.MaxValue : _now.Monotonic + wait, isEnding));
    }

    private void Keep(in Waiter waiter)
    {
        _waiters.Add(waiter);
        if (waiter.Until > _now.Monotonic)
        {
            _nextWait = Math.Min(_nextWait, waiter.Until);
        }

        if (waiter.Held.Origin is not null)
        {
            var session = waiter.Held.Request.SessionId;
            _waitersOf[session] = _waitersOf.GetValueOrDefault(session) + 1;
        }
    }

    private void TickWaiters()
    {
        if (_now.Monotonic >= _nextWait)
        {
            _retry = true;
            _nextWait = long.MaxValue;
        }
    }

    /// <summary>When locks are free, or somebody has waited long enough: lets those go on, in the order in which they came, that may.</summary>
    private void RetryWaiters()
    {
        if (_part.TakeFreed())
        {
            _retry = true;
            _part.Retry();
        }

        if (!_retry || !CanPropose || _unfinished is not null)
        {
            return;
        }

        _retry = false;
        _nextWait = long.MaxValue;
        var all = _waiters;
        _waiters = [];
        _waitersOf.Clear();
        foreach (var waiter in all)
        {
            if (!CanPropose || _unfinished is not null)
            {
                _retry = true;
                Keep(waiter);
            }
            else if (waiter.Held.Origin is not null && _waitersOf.ContainsKey(waiter.Held.Request.SessionId))
            {
                Keep(waiter);
            }
            else
            {
                _resumed = waiter;
                Process(waiter.Held);
                _resumed = null;
            }
        }
    }

    /// <summary>A learner is gone: nobody waits for its requests, but sessions that are ending must end.</summary>
    private void DropWaiters(ServerId learner)
    {
        var all = _waiters;
        _waiters = [];
        _waitersOf.Clear();
        foreach (var waiter in all)
        {
            if (waiter.Held.Origin != learner)
            {
                Keep(waiter);
            }
            else if (waiter.IsEnding)
            {
                Keep(waiter with { Held = waiter.Held with { Origin = null, Number = 0 } });
            }
        }
    }

    /// <param name="Held">The request.</param>
    /// <param name="Until">Monotonic ms at which it has waited long enough.</param>
    /// <param name="IsEnding">Whether it is the end of a session that may do nothing more from now on.</param>
    private readonly record struct Waiter(Held Held, long Until, bool IsEnding);
}

using System.Diagnostics;

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>
/// One party's part in one transaction: a core without clock, thread or I/O. Give it <see cref="CommitInput.Start"/> first. While a forced record is under way every
/// other input waits inside, so no rule has to think of half a write. Not safe for use from several threads.
/// </summary>
public abstract class CommitMachine
{
    private const int MaxDeferred = 256;

    private readonly long[] _timers = new long[Enum.GetValues<CommitTimer>().Length];
    private readonly Queue<CommitInput> _deferred = new();
    private CommitRecord? _forcing;
    private long _token;
    private List<Effect> _effects = [];
    private bool _gone;

    private protected CommitMachine(TransactionId id, CommitParty self, CommitOptions options)
    {
        Id = id.Demand();
        Self = self;
        Options = options;
        options.Validate();
        Array.Fill(_timers, long.MaxValue);
    }

    /// <summary>The transaction.</summary>
    public TransactionId Id { get; }

    /// <summary>Who this is.</summary>
    public CommitParty Self { get; }

    /// <summary>What this party has decided, or null.</summary>
    public Decision? Decision { get; private set; }

    /// <summary>The monotonic time in ms at which a <see cref="CommitInput.Tick"/> is due, or null.</summary>
    public long? NextDeadline => _gone || _forcing is not null || _timers.Min() is long.MaxValue ? null : _timers.Min();

    private protected CommitOptions Options { get; }

    private protected Now Now { get; private set; }

    /// <summary>Handles one input and appends the effects, in the order in which they must be carried out.</summary>
    /// <param name="input">The input.</param>
    /// <param name="now">The moment.</param>
    /// <param name="effects">Where the effects go.</param>
    /// <exception cref="InvariantViolationException">This party's state can no longer be trusted.</exception>
    public void Step(CommitInput input, Now now, List<Effect> effects)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(effects);
        if (_gone)
        {
            return;
        }

        (Now, _effects) = (now, effects);
        if (input is CommitInput.Logged logged)
        {
            Confirm(logged.Token);
        }
        else if (input is CommitInput.LogUnknown unknown)
        {
            GiveUp(unknown.Token);
        }
        else if (_forcing is null)
        {
            Handle(input);
        }
        else if (input is not CommitInput.Tick && (input is not CommitInput.MessageReceived || _deferred.Count < MaxDeferred))
        {
            _deferred.Enqueue(input);
        }

        while (_forcing is null && !_gone && _deferred.TryDequeue(out var next))
        {
            Handle(next);
        }

        FireTimers();
    }

    private protected abstract void OnStart();

    private protected abstract void OnMessage(CommitParty from, CommitMessage message);

    private protected abstract void OnLogged(CommitRecord record);

    private protected abstract void OnTimer(CommitTimer timer);

    private protected virtual void OnSubmit(TransactionRequest request) => Note("ignored: a request for a coordinator");

    private protected virtual void OnResourcePrepared(CommitInput.ResourcePrepared answer) => Note("ignored: a resource's answer");

    private protected virtual void OnResourceFinished() => Note("ignored: a resource's answer");

    private protected virtual void OnResolve(Decision decision) => Note("ignored: a decision by hand is for a participant in doubt");

    private protected virtual void OnGone(ParticipantId participant, string reason) => Note($"ignored: {participant} is gone, {reason}");

    /// <summary>What to tell the caller when the log does not answer.</summary>
    private protected virtual void OnLogUnknown()
    {
    }

    private protected void Send(CommitParty to, CommitMessage message)
    {
        _effects.Add(new CommitEffect.Send(new CommitEnvelope(Id, Self, to, message)));
        Tell(new TimelineEntry(Now.Wall, Self, TimelineKind.Sent, to, message));
    }

    private protected void Force(CommitRecord record)
    {
        Invariant.That(_forcing is null, $"{Self} of {Id} forces '{record.Describe()}' while '{_forcing?.Describe()}' is under way");
        _forcing = record;
        _effects.Add(new CommitEffect.ForceLog(new CommitLogEntry(Id, Self, record), ++_token));
        Tell(new TimelineEntry(Now.Wall, Self, TimelineKind.Forced, Record: record));
    }

    private protected void Append(CommitRecord record)
    {
        _effects.Add(new CommitEffect.AppendLog(new CommitLogEntry(Id, Self, record)));
        Tell(new TimelineEntry(Now.Wall, Self, TimelineKind.Appended, Record: record));
    }

    private protected void Emit(CommitEffect effect, TimelineKind kind, string note)
    {
        _effects.Add(effect);
        Tell(new TimelineEntry(Now.Wall, Self, kind, Note: note));
    }

    private protected void Emit(CommitEffect effect) => _effects.Add(effect);

    private protected void Note(string note) => Tell(new TimelineEntry(Now.Wall, Self, TimelineKind.Noted, Note: note));

    private protected void Tell(TimelineEntry entry) => _effects.Add(new CommitEffect.Trace(entry));

    /// <summary>The only way to a decision, and there is no way back.</summary>
    private protected void Decide(Decision decision)
    {
        Invariant.That(Decision is null || Decision == decision, $"{Self} of {Id} decided {Decision} and now {decision}");
        if (Decision is null)
        {
            Decision = decision;
            Emit(new CommitEffect.Decided(decision), TimelineKind.Decided, decision.ToString());
        }
    }

    private protected void CheckAgainst(CommitParty from, Decision other)
    {
        if (Decision is { } own && own != other)
        {
            Emit(new CommitEffect.Contradiction(from, own, other), TimelineKind.Noted, $"CONTRADICTION: {from} says {other}");
        }
    }

    private protected void Set(CommitTimer timer, long pause) => _timers[(int)timer] = Now.Monotonic + pause;

    private protected void Clear(CommitTimer timer) => _timers[(int)timer] = long.MaxValue;

    private protected bool IsSet(CommitTimer timer) => _timers[(int)timer] != long.MaxValue;

    private protected void ForgetLater() => Set(CommitTimer.Forget, Options.Retention);

    private void Handle(CommitInput input)
    {
        switch (input)
        {
            case CommitInput.Start:
                OnStart();
                break;
            case CommitInput.Submit submit:
                Tell(new TimelineEntry(Now.Wall, Self, TimelineKind.Submitted, Note: $"submitted, {submit.Request.Terms.Protocol}"));
                OnSubmit(submit.Request);
                break;
            case CommitInput.MessageReceived received:
                Tell(new TimelineEntry(Now.Wall, Self, TimelineKind.Received, received.From, received.Message));
                OnMessage(received.From, received.Message);
                break;
            case CommitInput.ResourcePrepared answer:
                Tell(new TimelineEntry(Now.Wall, Self, TimelineKind.ResourceAnswered, Note: $"resource votes {answer.Vote}"));
                OnResourcePrepared(answer);
                break;
            case CommitInput.ResourceFinished:
                Tell(new TimelineEntry(Now.Wall, Self, TimelineKind.ResourceAnswered, Note: "resource has finished, its locks are free"));
                OnResourceFinished();
                break;
            case CommitInput.Resolve resolve:
                OnResolve(resolve.Decision);
                break;
            case CommitInput.Gone gone:
                OnGone(gone.Participant, gone.Reason);
                break;
            case CommitInput.Tick:
                break;
            default:
                throw new UnreachableException($"unknown input {input.GetType().Name}");
        }
    }

    private void Confirm(long token)
    {
        if (_forcing is { } record && token == _token)
        {
            _forcing = null;
            Tell(new TimelineEntry(Now.Wall, Self, TimelineKind.Logged, Record: record));
            OnLogged(record);
        }
    }

    private void GiveUp(long token)
    {
        if (_forcing is { } record && token == _token)
        {
            OnLogUnknown();
            var reason = $"whether '{record.Describe()}' is in the log is not known: read the log again";
            Emit(new CommitEffect.Restart(reason), TimelineKind.Noted, reason);
            _gone = true;
        }
    }

    private void FireTimers()
    {
        for (var timer = 0; timer < _timers.Length && _forcing is null && !_gone; timer++)
        {
            if (Now.Monotonic >= _timers[timer])
            {
                _timers[timer] = long.MaxValue;
                if ((CommitTimer)timer == CommitTimer.Forget)
                {
                    Emit(new CommitEffect.Forget(), TimelineKind.Ended, "forgotten");
                    _gone = true;
                }
                else
                {
                    OnTimer((CommitTimer)timer);
                }
            }
        }
    }
}

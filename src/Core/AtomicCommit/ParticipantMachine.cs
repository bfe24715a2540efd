namespace GrainKeeper.Core.AtomicCommit;

/// <summary>
/// What all participants do: have the resource execute, force undo and redo before Yes, force the own abort before No, force the commit before it is applied, and
/// acknowledge only what is carried out. How to be in doubt is each protocol's own.
/// </summary>
public abstract class ParticipantMachine : CommitMachine
{
    private readonly List<CommitParty> _waiting = [];
    private readonly IReadOnlyList<CommitRecord> _records;
    private string _reason = string.Empty; // Of an abort of its own, which it may tell again; not of one that it was told.
    private bool _holds;
    private bool _votesNo;
    private Decision? _recalled;

    private protected ParticipantMachine(TransactionId id, ParticipantId participant, CommitOptions options, IReadOnlyList<CommitRecord> records)
        : base(id, CommitParty.Of(participant), options)
    {
        Participant = participant;
        _records = records;
    }

    /// <summary>This participant.</summary>
    public ParticipantId Participant { get; }

    /// <summary>How far it has come.</summary>
    public ParticipantState State { get; private protected set; }

    /// <summary>Whether it has voted Yes and knows no decision: it holds its locks and asks.</summary>
    public bool IsInDoubt => State is ParticipantState.Prepared or ParticipantState.PreCommitted;

    /// <summary>Who takes part; null while unknown.</summary>
    public TransactionTerms? Terms { get; private set; }

    private protected abstract CommitProtocol Protocol { get; }

    /// <summary>Whether a read-only participant leaves after the first phase.</summary>
    private protected virtual bool DropsReadOnly => false;

    /// <summary>Whether others rely on this participant's memory of an abort.</summary>
    private protected virtual bool ForcesAbort => false;

    private ReadOnlyMemory<byte> Redo { get; set; }

    private ReadOnlyMemory<byte> Undo { get; set; }

    private protected override void OnStart()
    {
        foreach (var record in _records)
        {
            Recall(record);
        }

        if (_records.Count > 0)
        {
            Note($"started again, {State}");
        }

        if (IsInDoubt)
        {
            OnInDoubtAgain();
        }
        else if (_recalled is { } decision)
        {
            Invariant.That(decision == AtomicCommit.Decision.Abort || _holds, $"{Self} of {Id} has decided Commit without having prepared");
            CarryOut(decision);
        }
    }

    private protected override void OnMessage(CommitParty from, CommitMessage message)
    {
        switch (message)
        {
            case CommitMessage.Prepare m:
                OnAsked(m.Terms, m.Payload);
                break;
            case CommitMessage.CanCommit m:
                OnAsked(m.Terms, m.Payload);
                break;
            case CommitMessage.Decide m:
                OnDecide(from, m.Decision);
                break;
            default:
                OnOther(from, message);
                break;
        }
    }

    private protected override void OnResourcePrepared(CommitInput.ResourcePrepared answer)
    {
        if (State != ParticipantState.Preparing)
        {
            Note("ignored: the transaction has ended meanwhile");
            return;
        }

        Clear(CommitTimer.Vote);
        if (answer.Redo.Length > TransactionRequest.MaxPayload || answer.Undo.Length > TransactionRequest.MaxPayload)
        {
            AbortAlone($"redo or undo take more than {TransactionRequest.MaxPayload} bytes: split the transaction", holds: true);
        }
        else if (answer.Vote.Kind == VoteKind.No)
        {
            AbortAlone(answer.Vote.Reason, holds: false);
        }
        else if (answer.Vote.Kind == VoteKind.ReadOnly && DropsReadOnly)
        {
            State = ParticipantState.ReadOnly;
            Send(CommitParty.Coordinator, new CommitMessage.Voted(Vote.ReadOnly));
            ForgetLater();
        }
        else
        {
            (Redo, Undo, _holds) = (answer.Redo, answer.Undo, true);
            Force(new CommitRecord.Prepared(Terms!, answer.Redo, answer.Undo));
        }
    }

    private protected override void OnResourceFinished()
    {
        if (State != ParticipantState.Finishing)
        {
            Note("ignored: nothing to finish");
            return;
        }

        State = Decision == AtomicCommit.Decision.Commit ? ParticipantState.Committed : ParticipantState.Aborted;
        Answer();
        OnFinished();
    }

    private protected override void OnLogged(CommitRecord record)
    {
        switch (record)
        {
            case CommitRecord.Prepared:
                State = ParticipantState.Prepared;
                OnPrepared();
                break;
            case CommitRecord.Decided decided:
                CarryOut(decided.Decision);
                break;
            default:
                OnOtherLogged(record);
                break;
        }
    }

    private protected override void OnTimer(CommitTimer timer)
    {
        if (timer == CommitTimer.Vote)
        {
            AbortAlone($"the resource did not answer within {Options.LockWait + Options.ResourcePatience} ms", holds: true);
        }
    }

    private protected abstract void OnPrepared();

    private protected abstract void OnInDoubtAgain();

    /// <summary>Says Yes again: the question came twice.</summary>
    private protected abstract void RepeatYes();

    private protected abstract void OnOther(CommitParty from, CommitMessage message);

    private protected virtual void OnOtherLogged(CommitRecord record) => Invariant.That(false, $"{Self} of {Id} has logged '{record.Describe()}'");

    /// <summary>The decision is made and in the log as far as it must be; it is told to nobody yet.</summary>
    private protected virtual void OnDecided(Decision decision)
    {
    }

    private protected virtual void OnFinished() => ForgetLater();

    private protected virtual void Recall(CommitRecord record)
    {
        switch (record)
        {
            case CommitRecord.Prepared r:
                (Terms, Redo, Undo, _holds) = (r.Terms, r.Redo, r.Undo, true);
                State = ParticipantState.Prepared;
                break;
            case CommitRecord.Decided r:
                Terms ??= r.Terms;
                _reason = r.Reason;
                State = ParticipantState.Finishing;
                _recalled = r.Decision;
                break;
            default:
                Invariant.That(false, $"the log of {Self} of {Id} holds '{record.Describe()}'");
                break;
        }
    }

    /// <summary>Whoever is given here hears the decision, or the acknowledgement, when there is one.</summary>
    private protected void AnswerLater(CommitParty party)
    {
        if (!_waiting.Contains(party))
        {
            _waiting.Add(party);
        }
    }

    /// <summary>Decides to abort without anybody's leave: it has not voted Yes. Forced, so that it can not vote Yes later.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="holds">Whether the resource may hold something that must be undone.</param>
    private protected void AbortAlone(string reason, bool holds)
    {
        Invariant.That(State is ParticipantState.Initial or ParticipantState.Preparing, $"{Self} of {Id} aborts alone as {State}");
        Clear(CommitTimer.Vote);
        _holds = holds;
        _votesNo = State == ParticipantState.Preparing;
        _reason = reason.Length > 0 ? Vote.Cut(reason) : "no reason given";
        Force(new CommitRecord.Decided(AtomicCommit.Decision.Abort, Terms, _reason));
    }

    private protected void ForceDecision(Decision decision, string reason) => Force(new CommitRecord.Decided(decision, Terms, reason));

    private protected void Ignore(CommitMessage message) => Note($"ignored as {State}: {message.Describe()}");

    private void OnAsked(TransactionTerms terms, ReadOnlyMemory<byte> payload)
    {
        switch (State)
        {
            case ParticipantState.Initial when terms.Protocol != Protocol || terms.IndexOf(Participant) < 0:
                Note($"ignored: {terms.Protocol} without {Participant}");
                break;
            case ParticipantState.Initial:
                Terms = terms;
                State = ParticipantState.Preparing;
                Set(CommitTimer.Vote, Options.LockWait + Options.ResourcePatience);
                Emit(new CommitEffect.Prepare(payload, Options.LockWait), TimelineKind.ResourceAsked, "resource executes, keeping undo and redo");
                break;
            case ParticipantState.Prepared or ParticipantState.PreCommitted:
                RepeatYes();
                break;
            case ParticipantState.ReadOnly:
                Send(CommitParty.Coordinator, new CommitMessage.Voted(Vote.ReadOnly));
                break;
            case ParticipantState.Aborted or ParticipantState.Finishing when _reason.Length > 0:
                Send(CommitParty.Coordinator, new CommitMessage.Voted(Vote.No(_reason)));
                break;
            default:
                Note($"ignored as {State}: the question came twice");
                break;
        }
    }

    private void OnDecide(CommitParty from, Decision decision)
    {
        CheckAgainst(from, decision);
        switch (State)
        {
            case ParticipantState.Initial when decision == AtomicCommit.Decision.Commit:
            case ParticipantState.ReadOnly:
                // It has finished long ago, and forgotten: without its Yes there would be no Commit.
                Send(from, new CommitMessage.Ack());
                break;
            case ParticipantState.Preparing when decision == AtomicCommit.Decision.Commit:
                Note("ignored: Commit without a vote");
                break;
            case ParticipantState.Initial or ParticipantState.Preparing:
                _holds = State == ParticipantState.Preparing;
                AnswerLater(from);
                Clear(CommitTimer.Vote);
                TakeOver(decision);
                break;
            case ParticipantState.Prepared or ParticipantState.PreCommitted:
                AnswerLater(from);
                TakeOver(decision);
                break;
            case ParticipantState.Finishing when Decision == decision:
                AnswerLater(from);
                break;
            case ParticipantState.Committed or ParticipantState.Aborted when Decision == decision:
                Send(from, new CommitMessage.Ack());
                break;
            default:
                break;
        }
    }

    private void TakeOver(Decision decision)
    {
        var record = new CommitRecord.Decided(decision, Terms, string.Empty);
        if (decision == AtomicCommit.Decision.Commit || ForcesAbort)
        {
            Force(record);
        }
        else
        {
            Append(record);
            CarryOut(decision);
        }
    }

    private void CarryOut(Decision decision)
    {
        Clear(CommitTimer.Inquiry);
        Clear(CommitTimer.Termination);
        Decide(decision);
        if (_votesNo)
        {
            _votesNo = false;
            Send(CommitParty.Coordinator, new CommitMessage.Voted(Vote.No(_reason)));
        }

        OnDecided(decision);
        State = ParticipantState.Finishing;
        if (decision == AtomicCommit.Decision.Commit)
        {
            Emit(new CommitEffect.Apply(Redo), TimelineKind.ResourceAsked, "resource applies");
        }
        else if (_holds)
        {
            Emit(new CommitEffect.Undo(Undo), TimelineKind.ResourceAsked, "resource undoes");
        }
        else
        {
            OnResourceFinished();
        }
    }

    private void Answer()
    {
        foreach (var party in _waiting)
        {
            Send(party, new CommitMessage.Ack());
        }

        _waiting.Clear();
    }
}

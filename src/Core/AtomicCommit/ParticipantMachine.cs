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
    private bool _isConfirmed;
    private int _lockWait;
    private Decision? _recalled;
    private ReadOnlyMemory<byte> _payload;
    private bool _announced;

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

    /// <summary>Whether an administrator has decided for it while it was in doubt.</summary>
    public bool IsByHand { get; private set; }

    /// <summary>Who takes part; null while unknown.</summary>
    public TransactionTerms? Terms { get; private set; }

    /// <summary>
    /// What must be in the log before the resource is asked: for a resource that keeps what it has prepared by itself, and would keep it for ever if nobody knew of it. Empty for others. Once it is there,
    /// every abort is told to the resource until it has answered.
    /// </summary>
    public ReadOnlyMemory<byte> Mark { get; init; }

    private protected abstract CommitProtocol Protocol { get; }

    /// <summary>Whether a read-only participant leaves after the first phase.</summary>
    private protected virtual bool DropsReadOnly => false;

    /// <summary>Whether others rely on this participant's memory of an abort.</summary>
    private protected virtual bool ForcesAbort => false;

    /// <summary>Whether it must be taken that the resource holds something for the transaction; before it has voted, that the vote is on its way to the log.</summary>
    public bool Holds => _holds && State is not (ParticipantState.Committed or ParticipantState.Aborted);

    /// <summary>How to commit, once it has prepared.</summary>
    public ReadOnlyMemory<byte> Redo { get; private set; }

    /// <summary>How to abort, once it has prepared.</summary>
    public ReadOnlyMemory<byte> Undo { get; private set; }

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
        else if (State == ParticipantState.Preparing)
        {
            AbortAlone("the participant's server started again while it was preparing", holds: true);
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
                OnAsked(m.Terms, m.Payload, m.LockWait);
                break;
            case CommitMessage.CanCommit m:
                OnAsked(m.Terms, m.Payload, m.LockWait);
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
            // Of what was announced only the resource's own word counts, when it is asked to undo.
            AbortAlone(answer.Vote.Reason, holds: _announced);
        }
        else if (answer.Vote.Kind == VoteKind.ReadOnly && DropsReadOnly && !_announced)
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
        if (AsksAfterwards && IsByHand && !_isConfirmed)
        {
            // The protocol's decision may be another one: that must not stay hidden because this party has forgotten.
            Inquire();
        }
        else
        {
            OnFinished();
        }
    }

    private protected override void OnResolve(Decision decision)
    {
        if (!IsInDoubt)
        {
            Note($"ignored as {State}: a decision by hand is for a participant in doubt");
            return;
        }

        Note($"the administrator decides by hand: {decision}");
        IsByHand = true;
        OnResolved();
        Force(new CommitRecord.Decided(decision, Terms, string.Empty) { ByHand = true });
    }

    private protected override void OnLogged(CommitRecord record)
    {
        switch (record)
        {
            case CommitRecord.Announced r:
                (Undo, _announced) = (r.Mark, true);
                AskResource();
                break;
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
            AbortAlone($"the resource did not answer within {_lockWait + Options.ResourcePatience} ms", holds: true);
        }
    }

    /// <summary>Whether it goes on asking for the protocol's decision when it was decided for by hand.</summary>
    private protected virtual bool AsksAfterwards => true;

    private protected abstract void OnPrepared();

    /// <summary>Asks for the decision, and will ask again.</summary>
    private protected abstract void Inquire();

    /// <summary>An administrator decides; it is not durable yet.</summary>
    private protected virtual void OnResolved()
    {
    }

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
            case CommitRecord.Announced r:
                (Terms, Undo, _announced) = (r.Terms, r.Mark, true);
                State = ParticipantState.Preparing;
                break;
            case CommitRecord.Prepared r:
                (Terms, Redo, Undo, _holds) = (r.Terms, r.Redo, r.Undo, true);
                State = ParticipantState.Prepared;
                break;
            case CommitRecord.Decided r:
                Terms ??= r.Terms;
                _reason = r.ByHand ? string.Empty : r.Reason;
                IsByHand = r.ByHand;
                _holds |= _announced && r.Decision == AtomicCommit.Decision.Abort;
                State = ParticipantState.Finishing;
                _recalled = r.Decision;
                break;
            case CommitRecord.End when IsByHand:
                _isConfirmed = true;
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

    private void OnAsked(TransactionTerms terms, ReadOnlyMemory<byte> payload, int lockWait)
    {
        switch (State)
        {
            case ParticipantState.Initial when terms.Protocol != Protocol || terms.IndexOf(Participant) < 0:
                Note($"ignored: {terms.Protocol} without {Participant}");
                break;
            case ParticipantState.Initial:
                Terms = terms;
                State = ParticipantState.Preparing;
                (_payload, _lockWait) = (payload, lockWait > 0 ? Math.Min(lockWait, Options.LockWait) : Options.LockWait);
                if (Mark.IsEmpty)
                {
                    AskResource();
                }
                else
                {
                    Force(new CommitRecord.Announced(terms, Mark));
                }

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

    private void AskResource()
    {
        var payload = _payload;
        _payload = default;
        Set(CommitTimer.Vote, _lockWait + Options.ResourcePatience);
        Emit(new CommitEffect.Prepare(payload, _lockWait, Mark), TimelineKind.ResourceAsked, "resource executes, keeping undo and redo");
    }

    private void OnDecide(CommitParty from, Decision decision)
    {
        CheckAgainst(from, decision);
        Confirm(decision);
        switch (State)
        {
            case ParticipantState.Initial when decision == AtomicCommit.Decision.Commit:
            case ParticipantState.ReadOnly:
                // It has finished long ago, and forgotten: without its Yes there would be no Commit. Or its tree is another one of the name, and what the old one had prepared is lost.
                if (State == ParticipantState.Initial)
                {
                    Note("has no record of it: finished and forgotten, or prepared in an earlier tree of the name, which was deleted");
                }

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

    private void Confirm(Decision decision)
    {
        if (!AsksAfterwards || !IsByHand || _isConfirmed || Decision is null)
        {
            return;
        }

        _isConfirmed = true;
        Note(decision == Decision ? "the protocol has decided as the administrator has" : "the protocol has decided otherwise than the administrator: the participants disagree for good");
        Append(new CommitRecord.End());
        Clear(CommitTimer.Inquiry);
        if (State != ParticipantState.Finishing)
        {
            OnFinished();
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

namespace GrainKeeper.Core.AtomicCommit.ThreePhase;

/// <summary>
/// 3PC's participant. When it misses the coordinator it takes part in the termination protocol (the other half of this class). When it has started again since its Yes,
/// it is no longer one of those who were there all the time: it decides by no timeout, acknowledges no PreCommit, and asks everybody.
/// </summary>
public sealed partial class ThreePhaseParticipant : ParticipantMachine
{
    private CommitParty? _preCommitFrom;
    private bool _done;
    private bool _decidedAlone;
    private int _repetitions;
    private bool[] _acknowledged = [];

    /// <summary>Makes a participant.</summary>
    /// <param name="id">The transaction.</param>
    /// <param name="participant">This participant.</param>
    /// <param name="options">Limits.</param>
    /// <param name="records">What its log holds of the transaction; empty when nothing.</param>
    public ThreePhaseParticipant(TransactionId id, ParticipantId participant, CommitOptions options, IReadOnlyList<CommitRecord> records)
        : base(id, participant, options, records)
    {
    }

    /// <summary>Whether it has started again since it voted Yes.</summary>
    public bool IsRecovered { get; private set; }

    private protected override CommitProtocol Protocol => CommitProtocol.ThreePhase;

    private protected override bool ForcesAbort => true;

    /// <summary>Whoever decides tells all others here, and whose decision it is makes no difference to them.</summary>
    private protected override bool AsksAfterwards => false;

    private protected override void Recall(CommitRecord record)
    {
        switch (record)
        {
            case CommitRecord.PreCommitted:
                Invariant.That(State == ParticipantState.Prepared, $"the log of {Self} of {Id} pre-commits as {State}");
                State = ParticipantState.PreCommitted;
                break;
            case CommitRecord.End:
                _done = true;
                break;
            default:
                base.Recall(record);
                break;
        }
    }

    private protected override void OnResolved()
    {
        _decidedAlone = true;
        Clear(CommitTimer.Termination);
    }

    private protected override void OnPrepared()
    {
        RepeatYes();
        Set(CommitTimer.Termination, Options.PreCommitWait);
    }

    private protected override void OnInDoubtAgain()
    {
        IsRecovered = true;
        Inquire();
    }

    private protected override void RepeatYes() => Send(CommitParty.Coordinator, new CommitMessage.Voted(Vote.Yes));

    private protected override void OnOther(CommitParty from, CommitMessage message)
    {
        switch (message)
        {
            case CommitMessage.PreCommit:
                OnPreCommit(from);
                break;
            case CommitMessage.PreCommitAck:
                OnPreCommitAck(from);
                break;
            case CommitMessage.Inquiry or CommitMessage.StateRequest:
                OnAskedForState(from);
                break;
            case CommitMessage.StateReport report:
                OnStateReport(from, report);
                break;
            case CommitMessage.Undecided:
                OnCoordinatorAtWork(from);
                break;
            case CommitMessage.Elect:
                OnElect(from);
                break;
            case CommitMessage.StandingIn when _phase == TerminationPhase.Electing:
                _phase = TerminationPhase.Waiting;
                Set(CommitTimer.Termination, Options.SubstituteWait);
                break;
            case CommitMessage.Ack:
                OnAck(from);
                break;
            case CommitMessage.Done done when done.Decision == Decision:
                OnDone();
                break;
            default:
                Ignore(message);
                break;
        }
    }

    private protected override void OnOtherLogged(CommitRecord record)
    {
        Invariant.That(record is CommitRecord.PreCommitted, $"{Self} of {Id} has logged '{record.Describe()}'");
        State = ParticipantState.PreCommitted;
        if (_preCommitFrom is { } from)
        {
            _preCommitFrom = null;
            Send(from, new CommitMessage.PreCommitAck());
        }

        if (_phase == TerminationPhase.Driving)
        {
            Drive();
        }
        else if (_phase == TerminationPhase.None)
        {
            Set(CommitTimer.Termination, Options.DoCommitWait);
        }
    }

    private protected override void OnTimer(CommitTimer timer)
    {
        switch (timer)
        {
            case CommitTimer.Termination:
                OnTerminationTimeout();
                break;
            case CommitTimer.Inquiry:
                Inquire();
                break;
            case CommitTimer.Resend:
                TellOthers();
                break;
            default:
                base.OnTimer(timer);
                break;
        }
    }

    private protected override void OnDecided(Decision decision)
    {
        _phase = TerminationPhase.None;
        if (Terms is not null)
        {
            _acknowledged = new bool[Terms.Participants.Count];
            _acknowledged[Terms.IndexOf(Participant)] = true;
        }

        if (_decidedAlone)
        {
            SendToOthers(new CommitMessage.Decide(decision));
            Send(CommitParty.Coordinator, new CommitMessage.Decide(decision));
        }

        foreach (var party in _askers)
        {
            Send(party, new CommitMessage.Decide(decision));
        }

        _askers.Clear();
    }

    /// <summary>
    /// A commit is remembered until all are known to have it: others may ask. An abort need not be, for whoever has forgotten a transaction, or never heard of it, aborts it.
    /// </summary>
    private protected override void OnFinished()
    {
        if (_done || Terms is null || Decision == AtomicCommit.Decision.Abort)
        {
            ForgetLater();
        }
        else
        {
            Set(CommitTimer.Resend, _decidedAlone ? Options.ResendInterval : Options.SubstituteWait);
        }
    }

    private void OnPreCommit(CommitParty from)
    {
        if (IsRecovered)
        {
            Note("ignored: PreCommit, for it has started again");
        }
        else if (State == ParticipantState.Prepared)
        {
            _preCommitFrom = from;
            Force(new CommitRecord.PreCommitted());
        }
        else if (State == ParticipantState.PreCommitted)
        {
            Send(from, new CommitMessage.PreCommitAck());
        }
        else
        {
            Note($"ignored as {State}: PreCommit");
        }
    }

    /// <summary>Somebody wants to know how far this participant is. One that has not voted aborts, so that the answer is final.</summary>
    private void OnAskedForState(CommitParty from)
    {
        if (Decision is { } decision)
        {
            Send(from, new CommitMessage.Decide(decision));
        }
        else if (IsInDoubt)
        {
            Send(from, new CommitMessage.StateReport(State == ParticipantState.PreCommitted, IsRecovered));
            if (_phase == TerminationPhase.None && !IsRecovered && from.Kind == PartyKind.Participant && Terms!.IndexOf(from.Participant) < Terms.IndexOf(Participant))
            {
                _phase = TerminationPhase.Waiting;
                Set(CommitTimer.Termination, Options.SubstituteWait);
            }
        }
        else
        {
            _askers.Add(from);
            AbortAlone($"asked by {from} before it has voted", holds: State == ParticipantState.Preparing);
        }
    }

    private void OnAck(CommitParty from)
    {
        var index = Terms?.IndexOf(from.Participant) ?? -1;
        if (index < 0 || _acknowledged.Length == 0 || from.Kind != PartyKind.Participant)
        {
            return;
        }

        _acknowledged[index] = true;
        if (!_done && !_acknowledged.Contains(false) && State is ParticipantState.Committed)
        {
            SendToOthers(new CommitMessage.Done(Decision!.Value, Terms!));
            Send(CommitParty.Coordinator, new CommitMessage.Done(Decision!.Value, Terms!));
            OnDone();
        }
    }

    private void OnDone()
    {
        if (!_done)
        {
            _done = true;
            Append(new CommitRecord.End());
            Clear(CommitTimer.Resend);
            if (State is ParticipantState.Committed)
            {
                ForgetLater();
            }
        }
    }

    /// <summary>Nobody says that all have the decision: find out.</summary>
    private void TellOthers()
    {
        for (var i = 0; i < _acknowledged.Length; i++)
        {
            if (!_acknowledged[i])
            {
                Send(CommitParty.Of(Terms!.Participants[i]), new CommitMessage.Decide(Decision!.Value));
            }
        }

        if (!_acknowledged.Contains(false))
        {
            OnAck(Self);
        }
        else
        {
            Set(CommitTimer.Resend, Options.Pause(Options.ResendInterval, _repetitions++));
        }
    }

    private void SendToOthers(CommitMessage message)
    {
        foreach (var participant in Terms!.Participants)
        {
            if (participant != Participant)
            {
                Send(CommitParty.Of(participant), message);
            }
        }
    }
}

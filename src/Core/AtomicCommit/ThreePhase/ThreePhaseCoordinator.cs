namespace GrainKeeper.Core.AtomicCommit.ThreePhase;

/// <summary>
/// 3PC's coordinator. After all Yes it tells everyone so (PreCommit), and commits when all that live have acknowledged that: whoever is silent for
/// <see cref="CommitOptions.RoundTrip"/> counts as dead, which is where 3PC needs a network of bounded delay. When it has started again without a decision it decides nothing: it
/// asks the participants.
/// </summary>
/// <param name="id">The transaction.</param>
/// <param name="options">Limits.</param>
/// <param name="records">What its log holds of the transaction; empty when nothing.</param>
/// <param name="mayBegin">Whether this life has allotted the id and has not begun the transaction before.</param>
public sealed class ThreePhaseCoordinator(TransactionId id, CommitOptions options, IReadOnlyList<CommitRecord> records, bool mayBegin)
    : CoordinatorMachine(id, CommitParty.Coordinator, options, mayBegin)
{
    private readonly HashSet<ParticipantId> _preCommitted = [];
    private int _inquiries;
    private long _inquiringSince;

    private protected override CommitProtocol Protocol => CommitProtocol.ThreePhase;

    private protected override CommitMessage Question(ReadOnlyMemory<byte> payload) => new CommitMessage.CanCommit(Terms!, payload) { LockWait = LockWait };

    private protected override void OnStart()
    {
        if (records.OfType<CommitRecord.Decided>().LastOrDefault() is { } decided)
        {
            Invariant.That(
                decided.Decision == AtomicCommit.Decision.Commit && decided.Terms is not null, $"the coordinator's log of {Id} holds '{decided.Describe()}'");
            Resume(decided.Decision, decided.Terms, records.Any(r => r is CommitRecord.End));
        }

        base.OnStart();
        if (State == CoordinatorState.WithoutMemory)
        {
            ForgetLater();
        }
    }

    private protected override void OnAllYes()
    {
        State = CoordinatorState.PreCommitting;
        Clear(CommitTimer.Vote);
        Clear(CommitTimer.Resend);
        SendToUnacknowledged(new CommitMessage.PreCommit());
        Set(CommitTimer.Termination, Options.RoundTrip);
    }

    private protected override void OnLogged(CommitRecord record) => Finish(AtomicCommit.Decision.Commit, string.Empty);

    private protected override void OnVoteTimeout(string missing) => Finish(AtomicCommit.Decision.Abort, missing);

    private protected override void OnSubmitWithoutMemory(TransactionRequest request)
    {
        Join(request.Terms);
        Clear(CommitTimer.Forget);
        TellDoubtLater();
        _inquiringSince = Now.Monotonic;
        Inquire();
    }

    private protected override void OnVoteWithoutMemory(CommitParty from) => Note($"ignored: a vote of {from}; the participants decide");

    private protected override void OnOther(CommitParty from, CommitMessage message)
    {
        switch (message)
        {
            case CommitMessage.PreCommitAck when State == CoordinatorState.PreCommitting:
                _preCommitted.Add(from.Participant);
                if (Terms!.Participants.All(_preCommitted.Contains))
                {
                    ForceCommit();
                }

                break;
            case CommitMessage.Inquiry or CommitMessage.StateRequest:
                Answer(from);
                break;
            case CommitMessage.Decide decide:
                TakeOver(from, decide.Decision);
                break;
            case CommitMessage.StateReport or CommitMessage.PreCommitAck or CommitMessage.Done:
                break;
            default:
                Ignore(message);
                break;
        }
    }

    private protected override void OnTimer(CommitTimer timer)
    {
        if (timer == CommitTimer.Termination && State == CoordinatorState.PreCommitting)
        {
            Note($"no PreCommitAck within {Options.RoundTrip} ms from {string.Join(", ", Terms!.Participants.Where(p => !_preCommitted.Contains(p)).Take(8))}: taken for dead");
            ForceCommit();
        }
        else if (timer == CommitTimer.Termination && State == CoordinatorState.WithoutMemory)
        {
            // A participant that has forgotten a finished transaction would say abort.
            if (Now.Monotonic - _inquiringSince < Options.Retention / 2)
            {
                Inquire();
            }
            else
            {
                Note("gives up: the participants may have finished the transaction and forgotten it");
                ForgetLater();
            }
        }
        else
        {
            base.OnTimer(timer);
        }
    }

    private protected override void OnAllAcknowledged()
    {
        foreach (var participant in Terms!.Participants)
        {
            Send(CommitParty.Of(participant), new CommitMessage.Done(Decision!.Value, Terms));
        }

        if (Decision == AtomicCommit.Decision.Commit)
        {
            Append(new CommitRecord.End());
        }

        ForgetLater();
    }

    private void ForceCommit()
    {
        State = CoordinatorState.Deciding;
        Clear(CommitTimer.Termination);
        Force(new CommitRecord.Decided(AtomicCommit.Decision.Commit, Terms, string.Empty));
    }

    private void Answer(CommitParty from)
    {
        if (Decision is { } decision)
        {
            Send(from, new CommitMessage.Decide(decision));
        }
        else if (State == CoordinatorState.WithoutMemory)
        {
            Send(from, new CommitMessage.StateReport(PreCommitted: false, Recovered: true));
        }
        else
        {
            Send(from, new CommitMessage.Undecided());
        }
    }

    /// <summary>The participants have decided without this coordinator.</summary>
    private void TakeOver(CommitParty from, Decision decision)
    {
        CheckAgainst(from, decision);
        if (Decision is not null || Terms is null)
        {
            return;
        }

        if (decision == AtomicCommit.Decision.Commit)
        {
            ForceCommit();
        }
        else
        {
            Finish(decision, "the participants have aborted without the coordinator");
        }
    }

    private void Inquire()
    {
        SendToUnacknowledged(new CommitMessage.Inquiry(Terms!));
        Set(CommitTimer.Termination, Options.Pause(Options.InquiryInterval, _inquiries++));
    }
}

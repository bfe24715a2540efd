namespace GrainKeeper.Core.AtomicCommit.ThreePhase;

/// <summary>
/// The termination protocol. The first living participant, in the order of names, stands in for the coordinator: it asks all how far they are, and decides by the states of
/// those that were there all the time (a participant that has started again may have been overtaken by a decision of one that has crashed since, so its state proves nothing).
/// Only when nobody is left that was there all the time do the states of all parties, each started again and so unable to change, decide.
/// </summary>
public sealed partial class ThreePhaseParticipant
{
    private readonly HashSet<CommitParty> _askers = [];
    private readonly HashSet<ParticipantId> _drive = [];
    private readonly Dictionary<CommitParty, CommitMessage.StateReport> _reports = [];
    private TerminationPhase _phase;
    private int _inquiries;

    private void OnTerminationTimeout()
    {
        switch (_phase)
        {
            case TerminationPhase.Electing:
                Collect();
                break;
            case TerminationPhase.Collecting:
                Conclude();
                break;
            case TerminationPhase.Driving:
                DecideAlone(AtomicCommit.Decision.Commit, "the living have pre-committed");
                break;
            default:
                Elect();
                break;
        }
    }

    private void Elect()
    {
        var before = Terms!.IndexOf(Participant);
        if (before == 0)
        {
            Collect();
            return;
        }

        Note("misses the coordinator: is there a substitute?");
        _phase = TerminationPhase.Electing;
        for (var i = 0; i < before; i++)
        {
            Send(CommitParty.Of(Terms.Participants[i]), new CommitMessage.Elect());
        }

        Set(CommitTimer.Termination, Options.RoundTrip);
    }

    private void OnElect(CommitParty from)
    {
        if (!IsInDoubt)
        {
            OnAskedForState(from);
        }
        else if (IsRecovered)
        {
            Note("ignored: Elect, for it has started again");
        }
        else
        {
            Send(from, new CommitMessage.StandingIn());
            if (_phase == TerminationPhase.None)
            {
                Elect();
            }
        }
    }

    private void Collect()
    {
        Note("stands in for the coordinator");
        _phase = TerminationPhase.Collecting;
        _reports.Clear();
        SendToOthers(new CommitMessage.StateRequest());
        Send(CommitParty.Coordinator, new CommitMessage.StateRequest());
        Set(CommitTimer.Termination, Options.RoundTrip);
    }

    private void OnStateReport(CommitParty from, CommitMessage.StateReport report)
    {
        if (!IsInDoubt || (_phase != TerminationPhase.Collecting && !IsRecovered))
        {
            return;
        }

        _reports[from] = report;
        if (_reports.Count == Terms!.Participants.Count)
        {
            // All others and the coordinator.
            if (!IsRecovered)
            {
                Conclude();
            }
            else if (_reports.Values.All(r => r.Recovered))
            {
                var preCommitted = State == ParticipantState.PreCommitted || _reports.Values.Any(r => r.PreCommitted);
                DecideAlone(
                    preCommitted ? AtomicCommit.Decision.Commit : AtomicCommit.Decision.Abort,
                    $"all have started again, {(preCommitted ? "one has" : "none has")} pre-committed");
            }
        }
    }

    private void OnCoordinatorAtWork(CommitParty from)
    {
        _reports.Remove(from);
        if (_phase == TerminationPhase.Collecting && from == CommitParty.Coordinator)
        {
            Note("the coordinator lives: goes on waiting");
            _phase = TerminationPhase.None;
            Set(CommitTimer.Termination, Options.DoCommitWait);
        }
    }

    private void Conclude()
    {
        var living = _reports.Where(r => !r.Value.Recovered && r.Key.Kind == PartyKind.Participant).ToList();
        if (State != ParticipantState.PreCommitted && !living.Exists(r => r.Value.PreCommitted))
        {
            DecideAlone(AtomicCommit.Decision.Abort, "the coordinator is gone, and none of the living has pre-committed");
            return;
        }

        _phase = TerminationPhase.Driving;
        _drive.Clear();
        _drive.UnionWith(living.Where(r => !r.Value.PreCommitted).Select(r => r.Key.Participant));
        if (State == ParticipantState.PreCommitted)
        {
            Drive();
        }
        else
        {
            Force(new CommitRecord.PreCommitted());
        }
    }

    private void Drive()
    {
        foreach (var participant in _drive.Order())
        {
            Send(CommitParty.Of(participant), new CommitMessage.PreCommit());
        }

        Set(CommitTimer.Termination, Options.RoundTrip);
        CommitWhenDriven();
    }

    private void OnPreCommitAck(CommitParty from)
    {
        if (_phase == TerminationPhase.Driving && _drive.Remove(from.Participant))
        {
            CommitWhenDriven();
        }
    }

    private void CommitWhenDriven()
    {
        if (_drive.Count == 0)
        {
            DecideAlone(AtomicCommit.Decision.Commit, "the living have pre-committed");
        }
    }

    private void DecideAlone(Decision decision, string reason)
    {
        Note($"decides for all: {reason}");
        _decidedAlone = true;
        Clear(CommitTimer.Termination);
        ForceDecision(decision, decision == AtomicCommit.Decision.Abort ? reason : string.Empty);
    }

    /// <summary>In doubt after a start: ask everybody, until somebody knows or nobody can.</summary>
    private protected override void Inquire()
    {
        SendToOthers(new CommitMessage.Inquiry(Terms!));
        Send(CommitParty.Coordinator, new CommitMessage.Inquiry(Terms!));
        Set(CommitTimer.Inquiry, Options.Pause(Options.InquiryInterval, _inquiries++));
    }
}

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>What all coordinators and leaders do: ask for votes, tell the caller, tell the decision until all have acknowledged it.</summary>
public abstract class CoordinatorMachine : CommitMachine
{
    /// <summary>After how many repetitions of a decision it wants to know whether those who do not acknowledge it still exist.</summary>
    private const int PatientRepetitions = 3;

    private readonly List<NoVote> _noVotes = [];
    private readonly bool _mayBegin;
    private TransactionRequest? _request;
    private VoteKind[] _votes = [];
    private bool[] _acknowledged = [];
    private string _reason = string.Empty;
    private int _repetitions;
    private bool _someAreGone;

    private protected CoordinatorMachine(TransactionId id, CommitParty self, CommitOptions options, bool mayBegin)
        : base(id, self, options) => _mayBegin = mayBegin;

    /// <summary>How far it has come.</summary>
    public CoordinatorState State { get; private protected set; }

    /// <summary>Who takes part; null while unknown.</summary>
    public TransactionTerms? Terms { get; private set; }

    /// <summary>Whether all participants have carried the decision out.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>How often to tell a rollback again before leaving it to inquiries.</summary>
    private protected virtual int RollbackResends => Options.RollbackResends;

    private protected abstract CommitProtocol Protocol { get; }

    /// <summary>As the caller wants it, see <see cref="TransactionRequest.LockWait"/>.</summary>
    private protected int LockWait => _request?.LockWait ?? 0;

    private protected abstract CommitMessage Question(ReadOnlyMemory<byte> payload);

    /// <summary>All have voted Yes or ReadOnly.</summary>
    private protected abstract void OnAllYes();

    private protected abstract void OnOther(CommitParty from, CommitMessage message);

    /// <summary>Not all have voted in time.</summary>
    private protected abstract void OnVoteTimeout(string missing);

    private protected abstract void OnSubmitWithoutMemory(TransactionRequest request);

    private protected abstract void OnVoteWithoutMemory(CommitParty from);

    /// <summary>All participants have acknowledged.</summary>
    private protected virtual void OnAllAcknowledged()
    {
    }

    private protected override void OnStart()
    {
        if (State == CoordinatorState.Initial && !_mayBegin)
        {
            State = CoordinatorState.WithoutMemory;
        }
    }

    private protected override void OnSubmit(TransactionRequest request)
    {
        if (request.Terms.Protocol != Protocol)
        {
            Note($"ignored: submitted for {request.Terms.Protocol}, this is {Protocol}");
            return;
        }

        switch (State)
        {
            case CoordinatorState.Initial:
                Begin(request);
                break;
            case CoordinatorState.WithoutMemory:
                OnSubmitWithoutMemory(request);
                break;
            case CoordinatorState.Committed or CoordinatorState.Aborted:
                Complete();
                break;
            default:
                Note("submitted twice: it runs once");
                break;
        }
    }

    private protected override void OnMessage(CommitParty from, CommitMessage message)
    {
        switch (message)
        {
            case CommitMessage.Voted voted:
                OnVoted(from, voted.Vote);
                break;
            case CommitMessage.Ack when from.Kind == PartyKind.Participant:
                OnAck(from);
                break;
            default:
                OnOther(from, message);
                break;
        }
    }

    private protected override void OnTimer(CommitTimer timer)
    {
        if (timer == CommitTimer.Resend)
        {
            Resend();
        }
        else if (timer == CommitTimer.Vote && State == CoordinatorState.Preparing)
        {
            var missing = Terms!.Participants.Where((_, i) => _votes[i] == 0);
            OnVoteTimeout($"no vote within {VoteTimeout} ms from {string.Join(", ", missing.Take(8))}");
        }
        else if (timer == CommitTimer.Inquiry && Decision is null)
        {
            Emit(new CommitEffect.Completed(new Outcome.InDoubt(Id, "not decided yet")), TimelineKind.Noted, "the caller is told: in doubt");
        }
    }

    /// <summary>Nobody will ever acknowledge for it: the decision is told to those that are left.</summary>
    private protected override void OnGone(ParticipantId participant, string reason)
    {
        var index = Terms?.IndexOf(participant) ?? -1;
        if (index < 0 || Decision is null || IsEnded || _acknowledged[index])
        {
            base.OnGone(participant, reason);
            return;
        }

        Note($"{participant} is gone for good and is told no more: {reason}");
        _acknowledged[index] = _someAreGone = true;
        EndIfAcknowledged();
    }

    private protected override void OnLogUnknown() => Emit(
        new CommitEffect.Completed(new Outcome.InDoubt(Id, "whether the decision is in the log is not known yet")), TimelineKind.Noted, "the caller is told: in doubt");

    /// <summary>Learns who takes part.</summary>
    private protected void Join(TransactionTerms terms)
    {
        if (Terms is null)
        {
            Terms = terms;
            _votes = new VoteKind[terms.Participants.Count];
            _acknowledged = new bool[terms.Participants.Count];
        }
    }

    /// <summary>Goes on with a decision that is as durable as it must be.</summary>
    private protected void Finish(Decision decision, string reason)
    {
        Clear(CommitTimer.Vote);
        Clear(CommitTimer.Inquiry);
        Clear(CommitTimer.Termination);
        _reason = Vote.Cut(reason);
        State = decision == AtomicCommit.Decision.Commit ? CoordinatorState.Committed : CoordinatorState.Aborted;
        Decide(decision);
        Complete();
        Announce();
    }

    /// <summary>Goes on with a decision that the log holds.</summary>
    private protected void Resume(Decision decision, TransactionTerms? terms, bool ended)
    {
        if (terms is not null)
        {
            Join(terms);
        }

        State = decision == AtomicCommit.Decision.Commit ? CoordinatorState.Committed : CoordinatorState.Aborted;
        Note($"started again, {State}");
        Decide(decision);
        if (ended)
        {
            IsEnded = true;
            ForgetLater();
        }
        else
        {
            Announce();
        }
    }

    private protected List<ParticipantId> VotersOf(VoteKind kind) => [.. Terms!.Participants.Where((_, i) => _votes[i] == kind)];

    /// <summary>Takes it that the participants have acknowledged.</summary>
    private protected void AssumeAcknowledged() => Array.Fill(_acknowledged, true);

    private protected void NoteNoVote(CommitParty from, string reason)
    {
        if (!_noVotes.Exists(v => v.Participant == from.Participant))
        {
            _noVotes.Add(new NoVote(from.Participant, reason));
        }
    }

    private protected void Repeat(int first) => Set(CommitTimer.Resend, Options.Pause(first, _repetitions++));

    private protected void RepeatFromStart()
    {
        _repetitions = 0;
        Repeat(Options.ResendInterval);
    }

    /// <summary>Tells the caller when it takes long.</summary>
    private protected void TellDoubtLater() => Set(CommitTimer.Inquiry, Options.VoteTimeout);

    private protected void Ignore(CommitMessage message) => Note($"ignored as {State}: {message.Describe()}");

    /// <summary>Sends to those who have not acknowledged.</summary>
    private protected void SendToUnacknowledged(CommitMessage message)
    {
        for (var i = 0; i < _acknowledged.Length; i++)
        {
            if (!_acknowledged[i])
            {
                Send(CommitParty.Of(Terms!.Participants[i]), message);
            }
        }
    }

    private void Begin(TransactionRequest request)
    {
        Join(request.Terms);
        _request = request;
        State = CoordinatorState.Preparing;
        Ask();
        Set(CommitTimer.Vote, VoteTimeout);
        RepeatFromStart();
    }

    // Never longer: participants of 3PC and Paxos Commit rely on the coordinator having given up by then.
    private int VoteTimeout => _request is { VoteTimeout: > 0 and var wanted } ? Math.Min(wanted, Options.VoteTimeout) : Options.VoteTimeout;

    private void Ask()
    {
        for (var i = 0; i < _votes.Length; i++)
        {
            if (_votes[i] == 0)
            {
                Send(CommitParty.Of(Terms!.Participants[i]), Question(_request!.Payloads[i]));
            }
        }
    }

    private void OnVoted(CommitParty from, Vote vote)
    {
        var index = Terms?.IndexOf(from.Participant) ?? -1;
        if (State == CoordinatorState.WithoutMemory)
        {
            OnVoteWithoutMemory(from);
        }
        else if (index < 0)
        {
            Note($"ignored: a vote of {from}");
        }
        else if (Decision is { } decision)
        {
            if (vote.Kind == VoteKind.Yes)
            {
                Send(from, new CommitMessage.Decide(decision));
            }
        }
        else if (State is CoordinatorState.PreCommitting or CoordinatorState.Deciding)
        {
            Note($"ignored: a vote of {from}, all votes are in");
        }
        else if (vote.Kind == VoteKind.No)
        {
            NoteNoVote(from, vote.Reason);
            _votes[index] = VoteKind.No;
            OnNo(from, vote.Reason);
        }
        else if (State == CoordinatorState.Preparing && _votes[index] == 0)
        {
            _votes[index] = vote.Kind;
            if (!_votes.Contains(default))
            {
                OnAllYes();
            }
        }
    }

    /// <summary>Somebody has voted No and nothing is decided.</summary>
    private protected virtual void OnNo(CommitParty from, string reason)
    {
        if (State == CoordinatorState.Preparing)
        {
            Finish(AtomicCommit.Decision.Abort, $"{from} voted No: {reason}");
        }
    }

    private void Complete()
    {
        Outcome outcome = Decision == AtomicCommit.Decision.Commit ? new Outcome.Committed() : new Outcome.Aborted([.. _noVotes], _reason);
        Emit(new CommitEffect.Completed(outcome), TimelineKind.Noted, $"the caller is told: {(Decision == AtomicCommit.Decision.Commit ? "committed" : "aborted")}");
    }

    private void Announce()
    {
        for (var i = 0; i < _votes.Length; i++)
        {
            _acknowledged[i] |= _votes[i] is VoteKind.No || (_votes[i] is VoteKind.ReadOnly && Protocol == CommitProtocol.TwoPhase);
        }

        SendToUnacknowledged(new CommitMessage.Decide(Decision!.Value));
        RepeatFromStart();
        EndIfAcknowledged();
    }

    private void OnAck(CommitParty from)
    {
        var index = Terms?.IndexOf(from.Participant) ?? -1;
        if (index >= 0 && Decision is not null && !IsEnded)
        {
            _acknowledged[index] = true;
            EndIfAcknowledged();
        }
    }

    private protected void EndIfAcknowledged()
    {
        if (!IsEnded && !_acknowledged.Contains(false))
        {
            IsEnded = true;
            Clear(CommitTimer.Resend);
            Tell(new TimelineEntry(Now.Wall, Self, TimelineKind.Ended, Note: _someAreGone ? "done: all that still exist have acknowledged" : "done: all have acknowledged"));
            OnAllAcknowledged();
        }
    }

    private void Resend()
    {
        if (State == CoordinatorState.Preparing)
        {
            Ask();
            Repeat(Options.ResendInterval);
        }
        else if (Decision == AtomicCommit.Decision.Abort && _repetitions > RollbackResends)
        {
            Note("the rest is left to inquiries");
            ForgetLater();
        }
        else if (Decision is { } decision && !IsEnded)
        {
            SendToUnacknowledged(new CommitMessage.Decide(decision));
            if (_repetitions > PatientRepetitions)
            {
                Emit(new CommitEffect.Miss([.. Terms!.Participants.Where((_, i) => !_acknowledged[i])]));
            }

            Repeat(Options.ResendInterval);
        }
    }
}

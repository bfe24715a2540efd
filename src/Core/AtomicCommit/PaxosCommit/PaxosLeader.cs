namespace GrainKeeper.Core.AtomicCommit.PaxosCommit;

/// <summary>
/// Paxos Commit's leader. Leader 0 is the coordinator, which asks for votes and learns of ballot 0; the others live beside the acceptors and are woken by participants in doubt.
/// A leader keeps no log: what is chosen is at the acceptors. To finish a transaction it takes a ballot of its own, and proposes for each participant what a
/// majority's highest accepted value says, or Aborted when there is none.
/// </summary>
public sealed class PaxosLeader : CoordinatorMachine
{
    private readonly int _number;
    private readonly long _incarnation;
    private readonly Dictionary<int, IReadOnlyList<AcceptedVote>> _promises = [];
    private readonly HashSet<int> _accepted = [];
    private readonly HashSet<int> _noted = [];
    private HashSet<int>[] _first = [];
    private IReadOnlyList<AcceptedVote>? _proposal;
    private Ballot _ballot;
    private int _highestRound;
    private int _attempts;
    private long _recoveringSince;

    /// <summary>Makes a leader.</summary>
    /// <param name="id">The transaction.</param>
    /// <param name="number">0 for the coordinator, n for the one beside acceptor n.</param>
    /// <param name="incarnation">Greater than 0, and greater than that of every earlier machine for this leader and transaction, those of this life included: a part of its ballots.</param>
    /// <param name="options">Limits.</param>
    /// <param name="mayBegin">Whether this is leader 0, its life has allotted the id and has not begun the transaction before.</param>
    public PaxosLeader(TransactionId id, int number, long incarnation, CommitOptions options, bool mayBegin)
        : base(id, CommitParty.Leader(number), options, mayBegin && number == 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, TransactionTerms.MaxAcceptors);
        ArgumentOutOfRangeException.ThrowIfLessThan(incarnation, 1);
        _number = number;
        _incarnation = incarnation;
    }

    private protected override CommitProtocol Protocol => CommitProtocol.PaxosCommit;

    private protected override int RollbackResends => int.MaxValue;

    private protected override CommitMessage Question(ReadOnlyMemory<byte> payload) => new CommitMessage.Prepare(Terms!, payload) { LockWait = LockWait };

    private protected override void OnStart()
    {
        base.OnStart();
        if (State == CoordinatorState.WithoutMemory)
        {
            ForgetLater();
        }
    }

    private protected override void OnAllYes() => Invariant.That(false, $"{Self} of {Id} was told Yes by a vote: Yes goes to the acceptors");

    private protected override void OnLogged(CommitRecord record) => Invariant.That(false, $"{Self} of {Id} keeps no log");

    private protected override void OnVoteTimeout(string missing)
    {
        Note(missing);
        StartBallot();
    }

    private protected override void OnSubmitWithoutMemory(TransactionRequest request)
    {
        Join(request.Terms);
        StartBallot();
    }

    private protected override void OnVoteWithoutMemory(CommitParty from) => Note($"ignored: a vote of {from}; recovery will find out");

    /// <summary>It will never be Prepared, so Aborted is what its instance can only choose.</summary>
    private protected override void OnNo(CommitParty from, string reason) => Finish(AtomicCommit.Decision.Abort, $"{from} voted No: {reason}");

    private protected override void OnOther(CommitParty from, CommitMessage message)
    {
        switch (message)
        {
            case CommitMessage.Inquiry m:
                OnInquiry(from, m.Terms);
                break;
            case CommitMessage.Decide m:
                CheckAgainst(from, m.Decision);
                if (Decision is null && Terms is not null)
                {
                    Finish(m.Decision, "found decided");
                }

                break;
            case CommitMessage.Done m:
                OnDone(from, m);
                break;
            case CommitMessage.Ack when from.Kind == PartyKind.Acceptor && IsEnded:
                OnNoted(from.Number);
                break;
            case CommitMessage.Phase1B m when IsFresh(from, m.Ballot) && _proposal is null:
                OnPhase1B(from.Number, m);
                break;
            case CommitMessage.Phase2B m when m.Ballot == Ballot.Zero && _number == 0 && Decision is null && from.Kind == PartyKind.Acceptor:
                OnFirstBallot(from.Number, m);
                break;
            case CommitMessage.Phase2B m when IsFresh(from, m.Ballot) && _proposal is not null:
                OnPhase2B(from.Number);
                break;
            case CommitMessage.Nack m:
                _highestRound = Math.Max(_highestRound, m.Promised.Round);
                break;
            default:
                Ignore(message);
                break;
        }
    }

    private protected override void OnTimer(CommitTimer timer)
    {
        if (timer == CommitTimer.Termination && State == CoordinatorState.Recovering)
        {
            if (IsTooLate)
            {
                Note("gives up: others may have finished the transaction and forgotten it");
                State = CoordinatorState.WithoutMemory;
            }
            else
            {
                StartBallot();
            }
        }
        else if (timer == CommitTimer.Resend && IsEnded)
        {
            SendDone();
        }
        else
        {
            base.OnTimer(timer);
        }
    }

    private protected override void OnAllAcknowledged()
    {
        RepeatFromStart();
        SendDone();
    }

    /// <summary>
    /// An acceptor without votes means abort, unless it has forgotten a finished transaction. So a leader that is cut off for long stops, and begins again only when somebody asks: a
    /// participant in doubt, who proves that nobody has forgotten, or a caller, who may ask only that long.
    /// </summary>
    private bool IsTooLate => Now.Monotonic - _recoveringSince >= Options.Retention / 2;

    private bool IsFresh(CommitParty from, Ballot ballot) =>
        State == CoordinatorState.Recovering && ballot == _ballot && !IsTooLate && from.Kind == PartyKind.Acceptor && from.Number >= 1 && from.Number <= Terms!.Acceptors;

    private void OnInquiry(CommitParty from, TransactionTerms terms)
    {
        if (Decision is { } decision)
        {
            if (from.Kind == PartyKind.Participant)
            {
                Send(from, new CommitMessage.Decide(decision));
            }
        }
        else if (State == CoordinatorState.WithoutMemory && terms.Protocol == CommitProtocol.PaxosCommit)
        {
            Join(terms);
            StartBallot();
        }
        else
        {
            Send(from, new CommitMessage.Undecided());
        }
    }

    /// <summary>Phase 1a. Attempts grow apart in time, by the leader's number and by repetition, so that one gets through.</summary>
    private void StartBallot()
    {
        if (State != CoordinatorState.Recovering)
        {
            State = CoordinatorState.Recovering;
            _recoveringSince = Now.Monotonic;
            Clear(CommitTimer.Vote);
            Clear(CommitTimer.Resend);
            Clear(CommitTimer.Forget);
            TellDoubtLater();
        }

        _promises.Clear();
        _accepted.Clear();
        _proposal = null;
        _highestRound = checked(_highestRound + 1);
        _ballot = new Ballot(_highestRound, _number, _incarnation);
        SendToAcceptors(new CommitMessage.Phase1A(_ballot, Terms!));
        Set(CommitTimer.Termination, Options.Pause(Options.ResendInterval, _attempts++) + ((long)_number * Options.ResendInterval / 4));
    }

    private void OnPhase1B(int acceptor, CommitMessage.Phase1B message)
    {
        _promises[acceptor] = message.Accepted;
        if (_promises.Count < Terms!.Majority)
        {
            return;
        }

        var votes = new AcceptedVote[Terms.Participants.Count];
        for (var i = 0; i < votes.Length; i++)
        {
            votes[i] = new AcceptedVote(i, _ballot, Prepared: false);
        }

        foreach (var highest in _promises.Values.SelectMany(v => v).OrderBy(v => v.Ballot))
        {
            if (highest.Participant >= 0 && highest.Participant < votes.Length)
            {
                votes[highest.Participant] = new AcceptedVote(highest.Participant, _ballot, highest.Prepared);
            }
        }

        _proposal = votes;
        SendToAcceptors(new CommitMessage.Phase2A(Terms, _ballot, votes));
    }

    private void OnPhase2B(int acceptor)
    {
        _accepted.Add(acceptor);
        if (_accepted.Count >= Terms!.Majority)
        {
            var missing = _proposal!.Where(v => !v.Prepared).Select(v => Terms.Participants[v.Participant]).ToList();
            Finish(
                missing.Count == 0 ? AtomicCommit.Decision.Commit : AtomicCommit.Decision.Abort,
                missing.Count == 0 ? string.Empty : $"ballot {_ballot} found no vote of {string.Join(", ", missing.Take(8))}");
        }
    }

    private void OnFirstBallot(int acceptor, CommitMessage.Phase2B message)
    {
        if (Terms is null || acceptor < 1 || acceptor > Terms.Acceptors)
        {
            return;
        }

        if (_first.Length == 0)
        {
            _first = [.. Terms.Participants.Select(_ => new HashSet<int>())];
        }

        foreach (var vote in message.Votes)
        {
            if (vote is { Prepared: true, Participant: >= 0 } && vote.Participant < _first.Length && vote.Ballot == Ballot.Zero)
            {
                _first[vote.Participant].Add(acceptor);
            }
        }

        if (Array.TrueForAll(_first, accepted => accepted.Count >= Terms.Majority))
        {
            Finish(AtomicCommit.Decision.Commit, string.Empty);
        }
    }

    /// <summary>An acceptor has had the decision for long, and nobody has told it that all others have it too.</summary>
    private void OnDone(CommitParty from, CommitMessage.Done message)
    {
        CheckAgainst(from, message.Decision);
        if (Decision is null && (Terms is null || State == CoordinatorState.Recovering))
        {
            Join(message.Terms);
            AssumeAcknowledged();
            Finish(message.Decision, "found decided");
        }
    }

    private void SendDone()
    {
        for (var acceptor = 1; acceptor <= Terms!.Acceptors; acceptor++)
        {
            if (!_noted.Contains(acceptor))
            {
                Send(CommitParty.Acceptor(acceptor), new CommitMessage.Done(Decision!.Value, Terms));
            }
        }

        Repeat(Options.ResendInterval);
    }

    private void OnNoted(int acceptor)
    {
        if (acceptor >= 1 && acceptor <= Terms!.Acceptors && _noted.Add(acceptor) && _noted.Count == Terms.Acceptors)
        {
            Clear(CommitTimer.Resend);
            SendToAcceptors(new CommitMessage.Forget());
            ForgetLater();
        }
    }

    private void SendToAcceptors(CommitMessage message)
    {
        for (var acceptor = 1; acceptor <= Terms!.Acceptors; acceptor++)
        {
            Send(CommitParty.Acceptor(acceptor), message);
        }
    }
}

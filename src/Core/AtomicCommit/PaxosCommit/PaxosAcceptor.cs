namespace GrainKeeper.Core.AtomicCommit.PaxosCommit;

/// <summary>
/// A Paxos Commit acceptor: one promise for all instances of the transaction, and one accepted value in each. It forces both before it speaks of them. Votes of ballot 0
/// that arrive together are written and answered together. When all participants have decided it keeps the decision instead, until all acceptors do.
/// </summary>
public sealed class PaxosAcceptor : CommitMachine
{
    private readonly List<AcceptedVote> _bundle = [];
    private readonly int _number;
    private readonly IReadOnlyList<CommitRecord> _records;
    private AcceptedVote?[] _accepted = [];

    /// <summary>Makes an acceptor.</summary>
    /// <param name="id">The transaction.</param>
    /// <param name="number">Which acceptor, from 1.</param>
    /// <param name="options">Limits.</param>
    /// <param name="records">What its log holds of the transaction; empty when nothing.</param>
    public PaxosAcceptor(TransactionId id, int number, CommitOptions options, IReadOnlyList<CommitRecord> records)
        : base(id, CommitParty.Acceptor(number), options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, TransactionTerms.MaxAcceptors);
        _number = number;
        _records = records;
    }

    /// <summary>The highest ballot it has promised or accepted in.</summary>
    public Ballot Promised { get; private set; }

    /// <summary>Who takes part; null while unknown.</summary>
    public TransactionTerms? Terms { get; private set; }

    /// <summary>What it has accepted, by instance.</summary>
    public IReadOnlyList<AcceptedVote> Accepted => [.. _accepted.Where(v => v is not null).Select(v => v!.Value)];

    private protected override void OnStart()
    {
        foreach (var record in _records)
        {
            Apply(record);
        }

        if (_records.Count > 0)
        {
            Note($"started again: promised {Promised}, {Accepted.Count} accepted");
        }
    }

    private protected override void OnMessage(CommitParty from, CommitMessage message)
    {
        switch (message)
        {
            case CommitMessage.Forget when Decision is not null:
                Clear(CommitTimer.Termination);
                ForgetLater();
                break;
            case CommitMessage.Done m:
                OnDone(from, m);
                break;
            case CommitMessage.Phase1A or CommitMessage.Phase2A when Decision is { } decision:
                Send(from, new CommitMessage.Decide(decision));
                break;
            case CommitMessage.Phase1A m when Join(m.Terms) && m.Ballot.IsValid && m.Ballot != Ballot.Zero:
                OnPhase1A(from, m.Ballot);
                break;
            case CommitMessage.Phase2A m when Join(m.Terms) && Fits(m):
                OnPhase2A(from, m);
                break;
            default:
                Note($"ignored: {message.Describe()}");
                break;
        }
    }

    private protected override void OnLogged(CommitRecord record)
    {
        Apply(record);
        switch (record)
        {
            case CommitRecord.Promised promised:
                Send(CommitParty.Leader(promised.Ballot.Leader), new CommitMessage.Phase1B(promised.Ballot, Accepted));
                break;
            case CommitRecord.Accepted accepted:
                Report(accepted.Votes[0].Ballot);
                break;
            default:
                Send(_doneFrom, new CommitMessage.Ack());
                break;
        }
    }

    private protected override void OnTimer(CommitTimer timer)
    {
        if (timer == CommitTimer.Bundle)
        {
            ForceBundle();
        }
        else if (timer == CommitTimer.Termination)
        {
            var leader = CommitParty.Leader(_number);
            Send(leader, Decision is { } decision ? new CommitMessage.Done(decision, Terms!) : new CommitMessage.Inquiry(Terms!));
            Set(CommitTimer.Termination, Options.AcceptorPatience);
        }
    }

    private CommitParty _doneFrom;

    private bool Join(TransactionTerms terms)
    {
        if (Terms is null && terms.Protocol == CommitProtocol.PaxosCommit && terms.Acceptors >= _number)
        {
            Terms = terms;
            _accepted = new AcceptedVote?[terms.Participants.Count];
            Set(CommitTimer.Termination, Options.AcceptorPatience);
        }

        return terms.Equals(Terms);
    }

    private bool Fits(CommitMessage.Phase2A message) =>
        message.Ballot.IsValid && message.Votes.Count > 0
        && message.Votes.All(v => v.Ballot == message.Ballot && v.Participant >= 0 && v.Participant < _accepted.Length);

    private void OnPhase1A(CommitParty from, Ballot ballot)
    {
        if (ballot < Promised)
        {
            Send(from, new CommitMessage.Nack(Promised));
        }
        else if (ballot == Promised)
        {
            Send(from, new CommitMessage.Phase1B(ballot, Accepted));
        }
        else
        {
            _bundle.Clear();
            Clear(CommitTimer.Bundle);
            Force(new CommitRecord.Promised(ballot, Terms!));
        }
    }

    private void OnPhase2A(CommitParty from, CommitMessage.Phase2A message)
    {
        if (message.Ballot < Promised)
        {
            if (message.Ballot != Ballot.Zero)
            {
                Send(from, new CommitMessage.Nack(Promised));
            }

            return;
        }

        if (message.Votes.All(v => _accepted[v.Participant]?.Ballot == message.Ballot))
        {
            Report(message.Ballot);
        }
        else if (message.Ballot != Ballot.Zero)
        {
            _bundle.Clear();
            Clear(CommitTimer.Bundle);
            Force(new CommitRecord.Accepted(Terms!, message.Votes));
        }
        else
        {
            Bundle(message.Votes);
        }
    }

    private void Bundle(IReadOnlyList<AcceptedVote> votes)
    {
        foreach (var vote in votes)
        {
            if (_accepted[vote.Participant] is null && !_bundle.Exists(b => b.Participant == vote.Participant))
            {
                _bundle.Add(vote);
            }
        }

        if (_bundle.Count + Accepted.Count == _accepted.Length)
        {
            ForceBundle();
        }
        else if (!IsSet(CommitTimer.Bundle))
        {
            Set(CommitTimer.Bundle, Options.BundleWait);
        }
    }

    private void ForceBundle()
    {
        Clear(CommitTimer.Bundle);
        if (_bundle.Count > 0)
        {
            AcceptedVote[] votes = [.. _bundle.OrderBy(v => v.Participant)];
            _bundle.Clear();
            Force(new CommitRecord.Accepted(Terms!, votes));
        }
    }

    private void Report(Ballot ballot) => Send(
        CommitParty.Leader(ballot.Leader), new CommitMessage.Phase2B(ballot, [.. Accepted.Where(v => v.Ballot == ballot)], Terms!));

    private void OnDone(CommitParty from, CommitMessage.Done message)
    {
        CheckAgainst(from, message.Decision);
        if (Decision is null)
        {
            _doneFrom = from;
            _bundle.Clear();
            Clear(CommitTimer.Bundle);
            Join(message.Terms);
            Force(new CommitRecord.Decided(message.Decision, message.Terms, string.Empty));
        }
        else if (Decision == message.Decision)
        {
            Send(from, new CommitMessage.Ack());
        }
    }

    private void Apply(CommitRecord record)
    {
        switch (record)
        {
            case CommitRecord.Promised r:
                Join(r.Terms);
                Raise(r.Ballot);
                break;
            case CommitRecord.Accepted r:
                Join(r.Terms);
                Raise(r.Votes[0].Ballot);
                foreach (var vote in r.Votes)
                {
                    Invariant.That(
                        _accepted[vote.Participant] is not { } before || before.Ballot < vote.Ballot || before == vote,
                        $"{Self} of {Id} accepts {vote} after {_accepted[vote.Participant]}");
                    _accepted[vote.Participant] = vote;
                }

                break;
            case CommitRecord.Decided r:
                Join(r.Terms!);
                Decide(r.Decision);
                break;
            default:
                Invariant.That(false, $"the log of {Self} of {Id} holds '{record.Describe()}'");
                break;
        }
    }

    private void Raise(Ballot ballot)
    {
        Invariant.That(ballot >= Promised, $"{Self} of {Id} falls from ballot {Promised} to {ballot}");
        Promised = ballot;
    }
}

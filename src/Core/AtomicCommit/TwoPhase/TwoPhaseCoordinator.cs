namespace GrainKeeper.Core.AtomicCommit.TwoPhase;

/// <summary>
/// 2PC's coordinator with presumed abort: it forces the decision to commit and nothing else. Without a record it answers every question with Rollback, and
/// never begins a transaction that an earlier life may have begun.
/// </summary>
/// <param name="id">The transaction.</param>
/// <param name="options">Limits.</param>
/// <param name="records">What its log holds of the transaction; empty when nothing.</param>
/// <param name="mayBegin">Whether this life has allotted the id and has not begun the transaction before.</param>
public sealed class TwoPhaseCoordinator(TransactionId id, CommitOptions options, IReadOnlyList<CommitRecord> records, bool mayBegin)
    : CoordinatorMachine(id, CommitParty.Coordinator, options, mayBegin)
{
    private protected override CommitProtocol Protocol => CommitProtocol.TwoPhase;

    private protected override CommitMessage Question(ReadOnlyMemory<byte> payload) => new CommitMessage.Prepare(Terms!, payload) { LockWait = LockWait };

    private protected override void OnStart()
    {
        if (records.OfType<CommitRecord.Decided>().LastOrDefault() is { } decided)
        {
            Invariant.That(decided.Decision == AtomicCommit.Decision.Commit, $"the coordinator's log of {Id} holds '{decided.Describe()}'");
            Resume(decided.Decision, decided.Terms, decided.Terms is null || records.Any(r => r is CommitRecord.End));
        }

        base.OnStart();
        if (State == CoordinatorState.WithoutMemory)
        {
            ForgetLater();
        }
    }

    private protected override void OnAllYes()
    {
        State = CoordinatorState.Deciding;
        Clear(CommitTimer.Vote);
        Clear(CommitTimer.Resend);

        // Who has only read has left, and must not be told after a restart either: it may have been asked again since, as if for the first time.
        var yes = VotersOf(VoteKind.Yes);
        Force(new CommitRecord.Decided(AtomicCommit.Decision.Commit, yes.Count == 0 ? null : Terms! with { Participants = yes }, string.Empty));
    }

    private protected override void OnLogged(CommitRecord record) => Finish(AtomicCommit.Decision.Commit, string.Empty);

    private protected override void OnVoteTimeout(string missing) => Finish(AtomicCommit.Decision.Abort, missing);

    private protected override void OnSubmitWithoutMemory(TransactionRequest request)
    {
        Join(request.Terms);
        Finish(AtomicCommit.Decision.Abort, "the coordinator has started again and had not decided to commit");
    }

    private protected override void OnVoteWithoutMemory(CommitParty from) => Send(from, new CommitMessage.Decide(AtomicCommit.Decision.Abort));

    private protected override void OnOther(CommitParty from, CommitMessage message)
    {
        if (message is not CommitMessage.Inquiry)
        {
            Ignore(message);
        }
        else if (Decision is { } decision)
        {
            Send(from, new CommitMessage.Decide(decision));
        }
        else if (State == CoordinatorState.WithoutMemory)
        {
            Send(from, new CommitMessage.Decide(AtomicCommit.Decision.Abort));
        }
        else
        {
            Send(from, new CommitMessage.Undecided());
        }
    }

    private protected override void OnAllAcknowledged()
    {
        if (Decision == AtomicCommit.Decision.Commit)
        {
            Append(new CommitRecord.End());
        }

        ForgetLater();
    }
}

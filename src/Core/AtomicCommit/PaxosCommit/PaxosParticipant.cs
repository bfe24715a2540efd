namespace GrainKeeper.Core.AtomicCommit.PaxosCommit;

/// <summary>
/// Paxos Commit's participant (resource manager). Its Yes is the value Prepared in ballot 0 of its own instance, sent to F+1 acceptors; its No goes to the leader, who may then
/// abort at once, for nobody can propose Prepared for it any more. In doubt it sends its value to all acceptors and asks one leader after the other.
/// </summary>
/// <param name="id">The transaction.</param>
/// <param name="participant">This participant.</param>
/// <param name="options">Limits.</param>
/// <param name="records">What its log holds of the transaction; empty when nothing.</param>
public sealed class PaxosParticipant(TransactionId id, ParticipantId participant, CommitOptions options, IReadOnlyList<CommitRecord> records)
    : ParticipantMachine(id, participant, options, records)
{
    private long _preparedAt;
    private int _inquiries;

    private protected override CommitProtocol Protocol => CommitProtocol.PaxosCommit;

    /// <summary>When all have acknowledged, the acceptors forget. Who lost its abort after that would propose Prepared again, to acceptors that know nothing.</summary>
    private protected override bool ForcesAbort => true;

    private protected override void OnPrepared()
    {
        _preparedAt = Now.Monotonic;
        Propose(Terms!.Majority);
        Set(CommitTimer.Inquiry, Options.InquiryInterval);
    }

    private protected override void OnInDoubtAgain()
    {
        _preparedAt = Now.Monotonic;
        Inquire();
    }

    private protected override void RepeatYes() => Propose(Terms!.Acceptors);

    private protected override void OnOther(CommitParty from, CommitMessage message)
    {
        if (message is not CommitMessage.Undecided)
        {
            Ignore(message);
        }
    }

    private protected override void OnTimer(CommitTimer timer)
    {
        if (timer == CommitTimer.Inquiry)
        {
            Inquire();
        }
        else
        {
            base.OnTimer(timer);
        }
    }

    private void Propose(int acceptors)
    {
        var message = new CommitMessage.Phase2A(Terms!, Ballot.Zero, [new AcceptedVote(Terms!.IndexOf(Participant), Ballot.Zero, Prepared: true)]);
        for (var acceptor = 1; acceptor <= acceptors; acceptor++)
        {
            Send(CommitParty.Acceptor(acceptor), message);
        }
    }

    private protected override void Inquire()
    {
        Propose(Terms!.Acceptors);
        Send(CommitParty.Coordinator, new CommitMessage.Inquiry(Terms!));

        // Another leader would abort what the first one may still be collecting votes for.
        if (Now.Monotonic - _preparedAt >= Options.VoteTimeout)
        {
            Send(CommitParty.Leader(1 + ((Terms!.IndexOf(Participant) + _inquiries) % Terms.Acceptors)), new CommitMessage.Inquiry(Terms));
        }

        Set(CommitTimer.Inquiry, Options.Pause(Options.InquiryInterval, _inquiries++));
    }
}

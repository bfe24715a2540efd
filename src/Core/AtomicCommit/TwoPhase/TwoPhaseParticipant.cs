namespace GrainKeeper.Core.AtomicCommit.TwoPhase;

/// <summary>2PC's participant. Once it has voted Yes it never decides alone, however long the coordinator is away: it holds its locks, and asks.</summary>
/// <param name="id">The transaction.</param>
/// <param name="participant">This participant.</param>
/// <param name="options">Limits.</param>
/// <param name="records">What its log holds of the transaction; empty when nothing.</param>
public sealed class TwoPhaseParticipant(TransactionId id, ParticipantId participant, CommitOptions options, IReadOnlyList<CommitRecord> records)
    : ParticipantMachine(id, participant, options, records)
{
    private int _inquiries;

    private protected override CommitProtocol Protocol => CommitProtocol.TwoPhase;

    private protected override bool DropsReadOnly => true;

    private protected override void OnPrepared()
    {
        RepeatYes();
        Set(CommitTimer.Inquiry, Options.InquiryInterval);
    }

    private protected override void OnInDoubtAgain() => Inquire();

    private protected override void RepeatYes() => Send(CommitParty.Coordinator, new CommitMessage.Voted(Vote.Yes));

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

    private protected override void Inquire()
    {
        Send(CommitParty.Coordinator, new CommitMessage.Inquiry(Terms!));
        Set(CommitTimer.Inquiry, Options.Pause(Options.InquiryInterval, _inquiries++));
    }
}

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>What happens to a party of a transaction.</summary>
public abstract record CommitInput
{
    private CommitInput()
    {
    }

    /// <summary>The first input of all: go on from the records given at construction.</summary>
    public sealed record Start : CommitInput;

    /// <summary>To a coordinator: run this, and tell the outcome. May be repeated; it runs once.</summary>
    /// <param name="Request">The transaction.</param>
    public sealed record Submit(TransactionRequest Request) : CommitInput;

    /// <summary>A message for this party has arrived.</summary>
    /// <param name="From">Who sent it.</param>
    /// <param name="Message">The message.</param>
    public sealed record MessageReceived(CommitParty From, CommitMessage Message) : CommitInput;

    /// <summary>A forced record is durable, and all before it.</summary>
    /// <param name="Token">The token of <see cref="CommitEffect.ForceLog"/>.</param>
    public sealed record Logged(long Token) : CommitInput;

    /// <summary>
    /// Whether a forced record is durable is not known: the write failed or timed out. The party says nothing more; the host reads the log and makes it anew.
    /// </summary>
    /// <param name="Token">The token.</param>
    public sealed record LogUnknown(long Token) : CommitInput;

    /// <summary>The answer to <see cref="CommitEffect.Prepare"/>. With No the resource holds nothing any more.</summary>
    /// <param name="Vote">The vote.</param>
    /// <param name="Redo">With Yes: what <see cref="CommitEffect.Apply"/> needs; at most <see cref="TransactionRequest.MaxPayload"/> bytes.</param>
    /// <param name="Undo">With Yes: what <see cref="CommitEffect.Undo"/> needs; at most <see cref="TransactionRequest.MaxPayload"/> bytes.</param>
    public sealed record ResourcePrepared(Vote Vote, ReadOnlyMemory<byte> Redo, ReadOnlyMemory<byte> Undo) : CommitInput;

    /// <summary><see cref="CommitEffect.Apply"/> or <see cref="CommitEffect.Undo"/> is carried out, durably, and the locks are free.</summary>
    public sealed record ResourceFinished : CommitInput;

    /// <summary>
    /// To a participant in doubt: the administrator decides, because nobody else does (a heuristic decision). It is made durable as such and carried out. Nobody else is in doubt, and ignores it.
    /// </summary>
    /// <param name="Decision">The decision.</param>
    public sealed record Resolve(Decision Decision) : CommitInput;

    /// <summary>
    /// The answer to <see cref="CommitEffect.Miss"/>: a participant and all its records are gone for good, for the tree that kept them was deleted. Never said of one that is only away, or has not started yet.
    /// </summary>
    /// <param name="Participant">The participant.</param>
    /// <param name="Reason">How that is known.</param>
    public sealed record Gone(ParticipantId Participant, string Reason) : CommitInput;

    /// <summary>The NextDeadline of the party has come.</summary>
    public sealed record Tick : CommitInput;
}

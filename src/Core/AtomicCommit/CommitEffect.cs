namespace GrainKeeper.Core.AtomicCommit;

/// <summary>What a party of a transaction asks of its host, in this order.</summary>
public abstract record CommitEffect : Effect
{
    private CommitEffect()
    {
    }

    /// <summary>Send; it may be lost.</summary>
    /// <param name="Envelope">The message and its way.</param>
    public sealed record Send(CommitEnvelope Envelope) : CommitEffect;

    /// <summary>Write, make durable with all before it, and answer <see cref="CommitInput.Logged"/> or <see cref="CommitInput.LogUnknown"/>.</summary>
    /// <param name="Entry">The record.</param>
    /// <param name="Token">To be answered.</param>
    public sealed record ForceLog(CommitLogEntry Entry, long Token) : CommitEffect;

    /// <summary>Write some time; a crash may lose it.</summary>
    /// <param name="Entry">The record.</param>
    public sealed record AppendLog(CommitLogEntry Entry) : CommitEffect;

    /// <summary>To the participant's resource: lock and execute without showing it, keep undo and redo, answer <see cref="CommitInput.ResourcePrepared"/>.</summary>
    /// <param name="Payload">The operations.</param>
    /// <param name="LockWait">How long to wait for locks, in ms; then vote No.</param>
    /// <param name="Mark">What was announced in the log, and must find again what the resource holds; empty when nothing was.</param>
    public sealed record Prepare(ReadOnlyMemory<byte> Payload, int LockWait, ReadOnlyMemory<byte> Mark = default) : CommitEffect;

    /// <summary>To the resource: show it, free the locks, answer <see cref="CommitInput.ResourceFinished"/>. Repeated after a crash: must be idempotent.</summary>
    /// <param name="Redo">As given when it was prepared.</param>
    public sealed record Apply(ReadOnlyMemory<byte> Redo) : CommitEffect;

    /// <summary>To the resource: undo it, or stop preparing it, free the locks, answer <see cref="CommitInput.ResourceFinished"/>. Idempotent as well.</summary>
    /// <param name="Before">The undo given when it was prepared; otherwise what was announced, or nothing.</param>
    public sealed record Undo(ReadOnlyMemory<byte> Before) : CommitEffect;

    /// <summary>This party has decided, for good. Repeated when it starts again from its log.</summary>
    /// <param name="Decision">The decision.</param>
    public sealed record Decided(Decision Decision) : CommitEffect;

    /// <summary>
    /// These participants have been told a decision several times and have not acknowledged it: find out whether they still exist. Answer <see cref="CommitInput.Gone"/> for each that is gone for good, and nothing
    /// for the others. Repeated with each repetition of the decision.
    /// </summary>
    /// <param name="Participants">Who is missed; at least one.</param>
    public sealed record Miss(IReadOnlyList<ParticipantId> Participants) : CommitEffect;

    /// <summary>For the caller. After <see cref="Outcome.InDoubt"/> another may follow.</summary>
    /// <param name="Outcome">The outcome.</param>
    public sealed record Completed(Outcome Outcome) : CommitEffect;

    /// <summary>A party says that the decision was another one: damage that only people can mend. To be logged as an error, and counted.</summary>
    /// <param name="From">Who says so.</param>
    /// <param name="Own">What this party has decided.</param>
    /// <param name="Other">What the other says.</param>
    public sealed record Contradiction(CommitParty From, Decision Own, Decision Other) : CommitEffect;

    /// <summary>What the log holds is not known: read it again and make the party anew from it. This one takes no further input.</summary>
    /// <param name="Reason">For the log.</param>
    public sealed record Restart(string Reason) : CommitEffect;

    /// <summary>Nobody will ask any more: remove the party's records and drop it. It takes no further input.</summary>
    public sealed record Forget : CommitEffect;

    /// <summary>A line of the transaction's timeline.</summary>
    /// <param name="Entry">The line.</param>
    public sealed record Trace(TimelineEntry Entry) : CommitEffect;
}

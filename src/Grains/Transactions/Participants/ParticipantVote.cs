using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions.Participants;

/// <summary>What a participant's grain says of a transaction's operations.</summary>
public sealed record ParticipantVote
{
    private ParticipantVote(VoteKind kind, string reason, ReadOnlyMemory<byte> redo, ReadOnlyMemory<byte> undo) => (Kind, Reason, Redo, Undo) = (kind, reason, redo, undo);

    /// <summary>It has only read: it holds nothing, and with 2PC it takes no part in the second phase.</summary>
    public static ParticipantVote ReadOnly { get; } = new(VoteKind.ReadOnly, string.Empty, default, default);

    /// <summary>The vote.</summary>
    public VoteKind Kind { get; }

    /// <summary>With No: why.</summary>
    public string Reason { get; }

    /// <summary>With Yes: how to commit.</summary>
    public ReadOnlyMemory<byte> Redo { get; }

    /// <summary>With Yes: how to abort.</summary>
    public ReadOnlyMemory<byte> Undo { get; }

    /// <summary>It can be done.</summary>
    /// <param name="redo">What to apply on commit, at most <see cref="TransactionRequest.MaxPayload"/> bytes.</param>
    /// <param name="undo">What to undo on abort; empty when validating has changed nothing, as it should not.</param>
    public static ParticipantVote Yes(ReadOnlyMemory<byte> redo, ReadOnlyMemory<byte> undo = default) => new(VoteKind.Yes, string.Empty, redo, undo);

    /// <summary>It cannot be done.</summary>
    /// <param name="reason">Why, for people; at most <see cref="Vote.MaxReasonLength"/> characters are kept.</param>
    public static ParticipantVote No(string reason) => new(VoteKind.No, reason, default, default);
}

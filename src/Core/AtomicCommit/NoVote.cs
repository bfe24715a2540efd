namespace GrainKeeper.Core.AtomicCommit;

/// <summary>Who voted No, and why.</summary>
/// <param name="Participant">Who.</param>
/// <param name="Reason">Why.</param>
public readonly record struct NoVote(ParticipantId Participant, string Reason);

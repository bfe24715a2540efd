namespace GrainKeeper.Core.AtomicCommit;

/// <summary>A message and its way.</summary>
/// <param name="Id">The transaction.</param>
/// <param name="From">The sender.</param>
/// <param name="To">The receiver.</param>
/// <param name="Message">The message.</param>
public sealed record CommitEnvelope(TransactionId Id, CommitParty From, CommitParty To, CommitMessage Message);

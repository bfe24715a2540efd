namespace GrainKeeper.Core.AtomicCommit;

/// <summary>A record and whose it is, so that parties may share a log.</summary>
/// <param name="Id">The transaction.</param>
/// <param name="Owner">The party.</param>
/// <param name="Record">The record.</param>
public sealed record CommitLogEntry(TransactionId Id, CommitParty Owner, CommitRecord Record);

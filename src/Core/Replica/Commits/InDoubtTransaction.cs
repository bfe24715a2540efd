using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Core.Replica.Commits;

/// <summary>A transaction that a tree has prepared and not finished: its paths are locked.</summary>
/// <param name="Id">The transaction.</param>
/// <param name="Terms">Who takes part, and how.</param>
/// <param name="Decision">What was decided, when the tree knows; null while it is in doubt.</param>
/// <param name="Paths">The paths of its operations, with those of parents of what it creates or deletes.</param>
public sealed record InDoubtTransaction(TransactionId Id, TransactionTerms Terms, Decision? Decision, IReadOnlyList<string> Paths);

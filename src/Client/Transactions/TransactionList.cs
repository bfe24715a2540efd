namespace GrainKeeper.Client.Transactions;

/// <summary>The transactions that the servers know.</summary>
/// <param name="Transactions">The unfinished ones first, then by age, the oldest first.</param>
/// <param name="Problems">Why which servers did not answer, by server: what only they know is missing.</param>
public sealed record TransactionList(IReadOnlyList<TransactionInfo> Transactions, IReadOnlyDictionary<int, string> Problems);

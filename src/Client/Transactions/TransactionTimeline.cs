using GrainKeeper.Contracts.Transactions;

namespace GrainKeeper.Client.Transactions;

/// <summary>Everything that the servers remember of a transaction.</summary>
/// <param name="Id">The transaction.</param>
/// <param name="Lines">Every message, forced write, vote and decision, by time; a message is received after it was sent, whatever the servers' clocks say.</param>
/// <param name="Problems">Why which servers did not answer, by server: what only they have seen is missing.</param>
public sealed record TransactionTimeline(string Id, IReadOnlyList<TransactionLine> Lines, IReadOnlyDictionary<int, string> Problems);

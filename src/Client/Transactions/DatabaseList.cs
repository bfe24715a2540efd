namespace GrainKeeper.Client.Transactions;

/// <summary>The databases that take part in transactions.</summary>
/// <param name="Databases">By name.</param>
/// <param name="Problems">Why which servers did not answer, by server: what only they know is missing.</param>
public sealed record DatabaseList(IReadOnlyList<DatabaseInfo> Databases, IReadOnlyDictionary<int, string> Problems);

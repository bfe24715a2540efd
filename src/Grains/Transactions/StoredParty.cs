using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions;

/// <summary>What a log holds of a party.</summary>
/// <param name="Key">The party.</param>
/// <param name="Records">Its records, in the order in which they were written; at least one.</param>
internal sealed record StoredParty(PartyKey Key, IReadOnlyList<CommitRecord> Records);

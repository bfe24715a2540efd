namespace GrainKeeper.Core.Election;

/// <summary>Messages that an election has ignored since it was made, by reason. A growing number hints at a wrong configuration or an attack.</summary>
/// <param name="Strangers">From a server that the configuration does not know, or from this server itself.</param>
/// <param name="Malformed">With values out of range, or a vote for a server that may not lead.</param>
/// <param name="OtherAlgorithm">Of another electionAlg: the servers are configured differently.</param>
/// <param name="Unsigned">Without a signature where one is required (electionAlg 2).</param>
/// <param name="Forged">With a wrong signature: the sender does not know the secret.</param>
/// <param name="Replayed">Well signed but seen before, out of order, or meant for an earlier life of this server.</param>
/// <param name="Unchallenged">Well signed, but the sender had not learnt this server's challenge yet. Usual at first contact.</param>
public readonly record struct ElectionCounters(
    long Strangers,
    long Malformed,
    long OtherAlgorithm,
    long Unsigned,
    long Forged,
    long Replayed,
    long Unchallenged);

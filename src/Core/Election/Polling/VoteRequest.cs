namespace GrainKeeper.Core.Election.Polling;

/// <summary>Asks a peer for its present vote (LeaderElection).</summary>
/// <param name="Poll">The asker's number of this poll; the answer repeats it.</param>
public sealed record VoteRequest(long Poll) : ElectionMessage;

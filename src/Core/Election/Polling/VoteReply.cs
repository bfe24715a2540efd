namespace GrainKeeper.Core.Election.Polling;

/// <summary>The answer to a <see cref="VoteRequest"/>.</summary>
/// <param name="Poll">The asker's number.</param>
/// <param name="Vote">The present vote; of a server that has a leader, a vote for it.</param>
/// <param name="State">What the sender is doing.</param>
public sealed record VoteReply(long Poll, Vote Vote, ElectionState State) : ElectionMessage;

namespace GrainKeeper.Core.Election.Fast;

/// <summary>A server tells its vote (FastLeaderElection). Who tells it is known from the link.</summary>
/// <param name="Vote">The vote; of a server that has a leader, a vote for it.</param>
/// <param name="Round">The sender's round; of a server that has a leader, the round in which that was elected. 1 or more.</param>
/// <param name="State">What the sender is doing.</param>
public sealed record FastNotification(Vote Vote, long Round, ElectionState State) : ElectionMessage;

using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Election;

/// <summary>Which values a vote told by a peer may have, and who may be voted for.</summary>
internal static class VoteRules
{
    /// <summary>Far beyond every round that will ever be reached, and far from an overflow: a damaged number must not exhaust the clock.</summary>
    internal const long MaxRound = 1L << 60;

    /// <summary>The vote of a server that may not lead and has not heard of one that may. Behind every other.</summary>
    internal static Vote None => default;

    internal static bool IsWellFormed(Vote vote) =>
        vote.Leader.Value is >= 0 and <= ServerId.Max && vote.LastZxid.Value >= 0 && vote.PeerEpoch.Value >= 0;

    internal static bool IsServer(ServerId id) => id.Value is >= 1 and <= ServerId.Max;

    internal static bool IsRound(long round) => round is >= 1 and <= MaxRound;

    /// <summary>Whether the server's vote counts, and it may be voted for.</summary>
    internal static bool Counts(this QuorumConfiguration configuration, ServerId server) => configuration.WeightOf(server) > 0;

    /// <summary>What a server votes for before it has heard of anybody else.</summary>
    internal static Vote InitialVote(this QuorumConfiguration configuration, ServerId self, Zxid lastZxid, Epoch currentEpoch) =>
        configuration.Counts(self) ? new Vote(self, lastZxid, currentEpoch) : None;

    internal static ElectionState StateUnder(this QuorumConfiguration configuration, ServerId leader, ServerId self) =>
        leader == self ? ElectionState.Leading
        : configuration.IsParticipant(self) ? ElectionState.Following
        : ElectionState.Observing;
}

using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Election;

/// <summary>
/// An election algorithm of one server in one group, without clock, thread or I/O. Three exist: <c>electionAlg</c> 0
/// (LeaderElection), 2 (AuthFastLeaderElection) and 3 (FastLeaderElection, the default).
/// </summary>
public interface IElection
{
    /// <summary>This server.</summary>
    ServerId Self { get; }

    /// <summary>What this server is doing.</summary>
    ElectionState State { get; }

    /// <summary>
    /// The number of the current round; with a leader, the round in which that was elected, which may be lower than one this server has looked in.
    /// No round is used twice by one election.
    /// </summary>
    long Round { get; }

    /// <summary>
    /// The vote this server tells now; the leader's while it has one. Leader 0 while an observer, or a server of weight 0, has not heard of any candidate.
    /// </summary>
    Vote CurrentVote { get; }

    /// <summary>The monotonic time in ms at which a <see cref="ElectionInput.Tick"/> is due, or null.</summary>
    long? NextDeadline { get; }

    /// <summary>What was ignored so far.</summary>
    ElectionCounters Counters { get; }

    /// <summary>Handles one input and appends the effects, in the order in which they must be carried out.</summary>
    void Step(ElectionInput input, Now now, List<Effect> effects);
}

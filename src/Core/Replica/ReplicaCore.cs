using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// One server's replica of one tree: takes client frames, forwards or prepares writes, applies what is committed, answers reads,
/// keeps sessions and watches. It owns its <c>ZabPeer</c>. Not thread-safe: one caller at a time.
/// </summary>
public sealed class ReplicaCore
{
    /// <summary>Makes a replica that looks for a leader; the first step's effects begin with its role.</summary>
    /// <param name="self">This server.</param>
    /// <param name="configuration">The ensemble.</param>
    /// <param name="options">Limits and switches.</param>
    /// <param name="history">What is on this server's disk.</param>
    /// <param name="state">The state with all of that history applied.</param>
    /// <param name="firstChannel">A number greater than any channel used by an earlier start.</param>
    /// <param name="seed">For the jitter of automatic snapshots and the like.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message names it, its range and what to do.</exception>
    public ReplicaCore(
        ServerId self,
        QuorumConfiguration configuration,
        ReplicaOptions options,
        RecoveredHistory history,
        ReplicaState state,
        long firstChannel,
        int seed) => throw new NotImplementedException();

    /// <summary>The monotonic time in ms at which a <see cref="ReplicaInput.Tick"/> is due, or null.</summary>
    public long? NextDeadline => throw new NotImplementedException();

    /// <summary>What the replica is doing now.</summary>
    public ReplicaStatus Status => throw new NotImplementedException();

    /// <summary>Handles one input and appends the effects, in the order in which they must be carried out.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="now">The moment.</param>
    /// <param name="effects">Where the effects go.</param>
    public void Step(ReplicaInput input, Now now, List<Effect> effects) => throw new NotImplementedException();
}

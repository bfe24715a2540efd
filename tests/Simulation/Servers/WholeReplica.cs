using GrainKeeper.Core;
using GrainKeeper.Core.Replica;

namespace GrainKeeper.Simulation.Servers;

/// <summary>The real replica, with its tree, sessions and watches.</summary>
public sealed class WholeReplica(ReplicaCore core, ReplicaState state) : IReplica
{
    /// <inheritdoc/>
    public long? NextDeadline => core.NextDeadline;

    /// <inheritdoc/>
    public ReplicaStatus Status => core.Status;

    /// <inheritdoc/>
    public void Step(ReplicaInput input, Now now, List<Effect> effects) => core.Step(input, now, effects);

    /// <inheritdoc/>
    public IEnumerable<string> Describe() => [state.LastApplied.ToString()];
}

using GrainKeeper.Core;
using GrainKeeper.Core.Replica;
using GrainKeeper.Simulation.Checking;

namespace GrainKeeper.Simulation.Servers;

/// <summary>A server's replica: the real one, or ZAB alone under a trivial state machine.</summary>
public interface IReplica
{
    /// <summary>The monotonic time in ms at which a tick is due, or null.</summary>
    long? NextDeadline { get; }

    /// <summary>What it is doing.</summary>
    ReplicaStatus Status { get; }

    /// <summary>Handles one input.</summary>
    void Step(ReplicaInput input, Now now, List<Effect> effects);

    /// <summary>What its state says, in any order.</summary>
    IReadOnlyList<StateFact> Facts();
}

using GrainKeeper.Core;
using GrainKeeper.Core.Replica;

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

    /// <summary>What is in its state, in one canonical order, so that equal states give equal sequences.</summary>
    IEnumerable<string> Describe();
}

using GrainKeeper.Core;

namespace GrainKeeper.Simulation.Servers;

/// <summary>Sees what servers do, and judges it.</summary>
public interface IServerWitness
{
    /// <summary>A server has loaded its disk and made its cores.</summary>
    void Started(SimServer server);

    /// <summary>A server's process has ended, or its core has asked to be rebuilt: its memory is gone.</summary>
    void Stopped(SimServer server);

    /// <summary>A server's replica has taken a step whose effects are not carried out yet.</summary>
    void Stepped(SimServer server, IReadOnlyList<Effect> effects);

    /// <summary>What is durable on a server has changed.</summary>
    void DiskChanged(SimServer server);
}

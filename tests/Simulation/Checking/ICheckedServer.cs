using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Simulation.Checking;

/// <summary>A server as checkers see it.</summary>
public interface ICheckedServer
{
    /// <summary>Which server.</summary>
    ServerId Id { get; }

    /// <summary>The number of its core: another one after every start and rebuild.</summary>
    int Core { get; }

    /// <summary>What is durable.</summary>
    DiskImage Image { get; }
}

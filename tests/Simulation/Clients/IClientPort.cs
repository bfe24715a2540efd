using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Simulation.Clients;

/// <summary>A server as clients see it.</summary>
public interface IClientPort
{
    /// <summary>Which server.</summary>
    ServerId Id { get; }

    /// <summary>Whether its process runs.</summary>
    bool Running { get; }

    /// <summary>How often it has started.</summary>
    int Incarnation { get; }

    /// <summary>Runs an action on the server, later if it is paused.</summary>
    void Deliver(Action action);

    /// <summary>A connection is opened.</summary>
    void Opened(ClientConnection connection);

    /// <summary>Frames have come.</summary>
    void FramesArrived(ClientConnection connection, IReadOnlyList<ReadOnlyMemory<byte>> frames);

    /// <summary>The client has closed it.</summary>
    void ClosedByClient(ClientConnection connection);
}

using GrainKeeper.Core.Replica;

namespace GrainKeeper.Lab.Ensemble;

/// <summary>A client's connection to a server, as the server sees it.</summary>
/// <param name="id">Its number.</param>
/// <param name="send">Sends frames with their lengths to the client.</param>
/// <param name="closed">The server has closed it, and why.</param>
internal sealed class LabConnection(ConnectionId id, Action<ReadOnlyMemory<byte>> send, Action<string> closed)
{
    internal ConnectionId Id => id;

    internal void SendToClient(ReadOnlyMemory<byte> frames) => send(frames);

    internal void ClosedByServer(string reason) => closed(reason);
}

using GrainKeeper.Client.Connections;

namespace GrainKeeper.Client.Sessions;

/// <summary>A connection over which a session is attached.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Endpoint">Where it leads.</param>
/// <param name="Session">The session.</param>
/// <param name="Timeout">The session timeout granted.</param>
/// <param name="Rest">Frames that came with the answer.</param>
internal sealed record Attachment(
    IServerConnection Connection, ServerEndpoint Endpoint, SessionCredentials Session, TimeSpan Timeout, ReadOnlyMemory<byte> Rest);

using GrainKeeper.Client.Connections;

namespace GrainKeeper.Client.Sessions;

/// <summary>A connection over which a session is attached.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Endpoint">Where it leads.</param>
/// <param name="Session">The session.</param>
/// <param name="Timeout">The session timeout granted.</param>
/// <param name="Rest">Frames that came with the answer.</param>
/// <param name="WithoutQuorum">Whether the server is out of touch with a quorum: it answers reads of <see cref="ReadConsistency.Eventual"/> only, in a session of its own.</param>
/// <param name="KeptResults">Of a new session: how many answers the servers keep for writes that are sent again; 0 when they keep none.</param>
internal sealed record Attachment(
    IServerConnection Connection, ServerEndpoint Endpoint, SessionCredentials Session, TimeSpan Timeout, ReadOnlyMemory<byte> Rest, bool WithoutQuorum, int KeptResults);

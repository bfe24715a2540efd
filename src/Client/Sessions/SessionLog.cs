using Microsoft.Extensions.Logging;

namespace GrainKeeper.Client.Sessions;

/// <summary>What a session tells a logger.</summary>
internal static partial class SessionLog
{
    [LoggerMessage(1, LogLevel.Information, "Session 0x{Session:x} is attached to server {Server} at {Endpoint}; session timeout {Timeout} ms")]
    internal static partial void Attached(ILogger logger, long session, int server, string endpoint, double timeout);

    [LoggerMessage(2, LogLevel.Warning, "Session 0x{Session:x} has lost its server and tries the others: {Reason}")]
    internal static partial void Lost(ILogger logger, long session, string reason);

    [LoggerMessage(3, LogLevel.Warning, "Session 0x{Session:x} is over: its ephemeral nodes are gone, and a new session begins: {Reason}")]
    internal static partial void Renewed(ILogger logger, long session, string reason);

    [LoggerMessage(4, LogLevel.Error, "Session 0x{Session:x} is over ({State}): {Reason}")]
    internal static partial void Ended(ILogger logger, long session, ClientState state, string reason);

    [LoggerMessage(5, LogLevel.Warning, "No server accepts session 0x{Session:x} yet: {Failures}")]
    internal static partial void Unattached(ILogger logger, long session, string failures);

    [LoggerMessage(7, LogLevel.Warning, "No server accepts session 0x{Session:x}: reads that need no quorum go to server {Server} at {Endpoint} meanwhile")]
    internal static partial void WithoutQuorum(ILogger logger, long session, int server, string endpoint);

    [LoggerMessage(6, LogLevel.Error, "A callback of the client failed")]
    internal static partial void CallbackFailed(ILogger logger, Exception error);

    [LoggerMessage(7, LogLevel.Warning, "Session 0x{Session:x}: events of the watch of {Path} up to zxid 0x{Zxid:x} are lost, for the server's log does not go back so far; what it covers must be read again")]
    internal static partial void EventsLost(ILogger logger, long session, string path, long zxid);

    [LoggerMessage(8, LogLevel.Error, "Session 0x{Session:x}: the watch of {Path} cannot go on")]
    internal static partial void WatchFailed(ILogger logger, long session, string path, Exception reason);
}

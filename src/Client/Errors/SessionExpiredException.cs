namespace GrainKeeper.Client.Errors;

/// <summary>The session has expired: its ephemeral nodes are gone. Connect anew.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class SessionExpiredException(string message, string? path = null) : GrainKeeperException(ErrorCode.SessionExpired, message, path);

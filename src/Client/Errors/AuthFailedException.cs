namespace GrainKeeper.Client.Errors;

/// <summary>The server did not accept the credentials, and has closed the session's connection.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class AuthFailedException(string message, string? path = null) : GrainKeeperException(ErrorCode.AuthFailed, message, path);

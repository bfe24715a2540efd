namespace GrainKeeper.Client.Errors;

/// <summary>The session has been attached to another server by another client.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class SessionMovedException(string message, string? path = null) : GrainKeeperException(ErrorCode.SessionMoved, message, path);

namespace GrainKeeper.Client.Errors;

/// <summary>The server, or this client's queue, is full: try again later.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class ThrottledException(string message, string? path = null) : GrainKeeperException(ErrorCode.Throttled, message, path);

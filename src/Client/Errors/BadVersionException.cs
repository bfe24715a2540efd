namespace GrainKeeper.Client.Errors;

/// <summary>The node has another version than the one given.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class BadVersionException(string message, string? path = null) : GrainKeeperException(ErrorCode.BadVersion, message, path);

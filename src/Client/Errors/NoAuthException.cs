namespace GrainKeeper.Client.Errors;

/// <summary>The session's identities may not do this.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class NoAuthException(string message, string? path = null) : GrainKeeperException(ErrorCode.NoAuth, message, path);

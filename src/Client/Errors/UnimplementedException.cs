namespace GrainKeeper.Client.Errors;

/// <summary>The server does not know the operation, or it is not enabled.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class UnimplementedException(string message, string? path = null) : GrainKeeperException(ErrorCode.Unimplemented, message, path);

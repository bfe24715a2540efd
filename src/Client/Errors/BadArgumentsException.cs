namespace GrainKeeper.Client.Errors;

/// <summary>An argument is not allowed.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class BadArgumentsException(string message, string? path = null) : GrainKeeperException(ErrorCode.BadArguments, message, path);

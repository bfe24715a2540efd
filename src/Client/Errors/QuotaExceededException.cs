namespace GrainKeeper.Client.Errors;

/// <summary>A quota would be exceeded.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class QuotaExceededException(string message, string? path = null) : GrainKeeperException(ErrorCode.QuotaExceeded, message, path);

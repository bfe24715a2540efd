namespace GrainKeeper.Client.Errors;

/// <summary>There is no such watch.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class NoWatcherException(string message, string? path = null) : GrainKeeperException(ErrorCode.NoWatcher, message, path);

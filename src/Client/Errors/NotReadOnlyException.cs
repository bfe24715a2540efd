namespace GrainKeeper.Client.Errors;

/// <summary>The server is read-only at the moment: it is cut off from a quorum.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class NotReadOnlyException(string message, string? path = null) : GrainKeeperException(ErrorCode.NotReadOnly, message, path);

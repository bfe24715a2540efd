namespace GrainKeeper.Client.Errors;

/// <summary>The node does not exist.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class NoNodeException(string message, string? path = null) : GrainKeeperException(ErrorCode.NoNode, message, path);

namespace GrainKeeper.Client.Errors;

/// <summary>Ephemeral nodes have no children.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class NoChildrenForEphemeralsException(string message, string? path = null) : GrainKeeperException(ErrorCode.NoChildrenForEphemerals, message, path);

namespace GrainKeeper.Client.Errors;

/// <summary>The connection was lost before the answer came: the operation may or may not have been carried out.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class ConnectionLossException(string message, string? path = null) : GrainKeeperException(ErrorCode.ConnectionLoss, message, path);

namespace GrainKeeper.Client.Errors;

/// <summary>No answer came in time: the operation may or may not be carried out.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class OperationTimeoutException(string message, string? path = null) : GrainKeeperException(ErrorCode.OperationTimeout, message, path);

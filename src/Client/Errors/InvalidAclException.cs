namespace GrainKeeper.Client.Errors;

/// <summary>The ACL is empty or not valid.</summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
public sealed class InvalidAclException(string message, string? path = null) : GrainKeeperException(ErrorCode.InvalidAcl, message, path);

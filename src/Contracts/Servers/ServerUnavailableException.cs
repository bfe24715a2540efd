namespace GrainKeeper.Contracts.Servers;

/// <summary>A grain pinned to a server was called while that server is not in the cluster: it has not started yet, or the id does not exist.</summary>
/// <param name="message">Which server, and what to do.</param>
[GenerateSerializer]
[Alias("GrainKeeper.ServerUnavailable")]
public sealed class ServerUnavailableException(string message) : Exception(message);

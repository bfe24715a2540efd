using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client;

/// <summary>What became of one operation of a multi.</summary>
/// <param name="Error">Ok, or why it failed; of those after the failed one, RuntimeInconsistency.</param>
/// <param name="Path">Of a create: the path of the node.</param>
/// <param name="Stat">Of a create or a replacement of data: the node's stat.</param>
public sealed record TreeOperationResult(ErrorCode Error, string? Path = null, Stat? Stat = null);

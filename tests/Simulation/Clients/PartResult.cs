using GrainKeeper.Core.Jute;

namespace GrainKeeper.Simulation.Clients;

/// <summary>The result of one operation: of a whole request, or of a part of a multi.</summary>
/// <param name="Type">As the reply names it: the operation, or <see cref="OpCode.Error"/>.</param>
/// <param name="Error">The error code.</param>
/// <param name="Path">The created path.</param>
/// <param name="Stat">The node's stat, where the operation answers one.</param>
public readonly record struct PartResult(OpCode Type, ErrorCode Error, string? Path, NodeStat? Stat);

using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Replica.Results;

/// <summary>What a write was answered with.</summary>
/// <param name="Zxid">Its transaction.</param>
/// <param name="Error">How it went.</param>
/// <param name="Body">The answer's record without its header; empty after an error.</param>
public readonly record struct KeptResult(Zxid Zxid, ErrorCode Error, ReadOnlyMemory<byte> Body);

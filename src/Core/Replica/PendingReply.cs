using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Replica;

/// <summary>A request whose answer must wait: for the leader, or for answers before it.</summary>
/// <param name="Kind">What it waits for.</param>
/// <param name="Xid">The request's number.</param>
/// <param name="Type">What was asked.</param>
/// <param name="Error">The answer of a <see cref="PendingKind.Ready"/> or <see cref="PendingKind.Told"/> one.</param>
/// <param name="Body">The request's record without its header, where it is still needed.</param>
/// <param name="Bytes">What it counts for.</param>
/// <param name="Ticket">Of a <see cref="PendingKind.LinearizableRead"/>: its place in <see cref="LinearizableReads"/>.</param>
internal readonly record struct PendingReply(
    PendingKind Kind, int Xid, OpCode Type, ErrorCode Error = ErrorCode.Ok, ReadOnlyMemory<byte> Body = default, int Bytes = 0, long Ticket = 0);

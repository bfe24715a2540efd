using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Tree;

/// <summary>Who asked for a transaction, and when.</summary>
/// <param name="SessionId">The session that asked; 0 for the server itself.</param>
/// <param name="Cxid">The request's number within its session.</param>
/// <param name="Time">The leader's wall clock, milliseconds since the Unix epoch: ctime and mtime of what changes.</param>
/// <param name="Type">The kind of request; <see cref="OpCode.Multi"/> when several operations follow.</param>
/// <param name="KeepsResult">
/// Whether every server keeps the answer with the session, so that the request can be sent again under its number. Of a createSession: whether the session is of that kind.
/// </param>
public readonly record struct TxnHeader(long SessionId, int Cxid, long Time, OpCode Type, bool KeepsResult = false);

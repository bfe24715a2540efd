using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Requests;

/// <summary>A request that the leader turns into a transaction.</summary>
/// <param name="SessionId">Who asks; 0 for the servers themselves.</param>
/// <param name="Cxid">The request's number within the session.</param>
/// <param name="Type">What is asked.</param>
/// <param name="Who">The identities that ACLs are checked against.</param>
/// <param name="Body">
/// The request's record without its header; not changed afterwards. For createSession the timeout in ms, an int, and for a session that keeps answers how many, another.
/// </param>
/// <param name="KeepsResult">Whether its answer is kept with its session. Set by the leader.</param>
internal readonly record struct WriteRequest(
    long SessionId, int Cxid, OpCode Type, Credentials Who, ReadOnlyMemory<byte> Body, bool KeepsResult = false);

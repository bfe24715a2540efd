using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// What the leader has made of a request, told to the server it came from before the transaction itself: so that server knows exactly which of
/// its requests a transaction answers, whatever numbers clients give them.
/// </summary>
/// <param name="Zxid">The request's transaction, or the one that must be applied before the answer.</param>
/// <param name="IsTxn">Whether <paramref name="Zxid"/> is the request's own transaction.</param>
/// <param name="Error">Without a transaction of its own: the answer.</param>
/// <param name="Number">
/// 0 for the oldest request without an outcome. <see cref="Waits"/> when that one waits for a lock of an atomic commit and others go ahead; the n-th such request of a
/// leadership has number n from then on, under which its outcome comes.
/// </param>
internal readonly record struct Outcome(Zxid Zxid, bool IsTxn, ErrorCode Error, int Number = 0)
{
    /// <summary>The number of an outcome that is none yet.</summary>
    public const int Waits = -1;

    /// <summary>The oldest request without an outcome waits: others go ahead of it.</summary>
    public static Outcome Waiting(Zxid zxid) => new(zxid, false, ErrorCode.Ok, Waits);

    /// <summary>The transaction of this zxid is the request's.</summary>
    public static Outcome Of(Zxid zxid) => new(zxid, true, ErrorCode.Ok);

    /// <summary>Answer so, once the transaction is applied.</summary>
    public static Outcome After(Zxid zxid, ErrorCode error) => new(zxid, false, error);
}

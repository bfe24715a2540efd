using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Election;

/// <summary>
/// A vote: whom a server wants as leader, and how fresh that server's history is. Ordered by epoch, then zxid, then
/// server id (FastLeaderElection.totalOrderPredicate).
/// </summary>
/// <param name="Leader">The server voted for.</param>
/// <param name="LastZxid">The last zxid in that server's log.</param>
/// <param name="PeerEpoch">That server's current epoch.</param>
public readonly record struct Vote(ServerId Leader, Zxid LastZxid, Epoch PeerEpoch) : IComparable<Vote>
{
    /// <inheritdoc/>
    public int CompareTo(Vote other)
    {
        var byEpoch = PeerEpoch.CompareTo(other.PeerEpoch);
        if (byEpoch != 0)
        {
            return byEpoch;
        }

        var byZxid = LastZxid.CompareTo(other.LastZxid);
        return byZxid != 0 ? byZxid : Leader.CompareTo(other.Leader);
    }

    /// <summary>Whether this vote is behind the other.</summary>
    public static bool operator <(Vote left, Vote right) => left.CompareTo(right) < 0;

    /// <summary>Whether this vote beats the other.</summary>
    public static bool operator >(Vote left, Vote right) => left.CompareTo(right) > 0;

    /// <summary>Whether this vote is behind or equal to the other.</summary>
    public static bool operator <=(Vote left, Vote right) => left.CompareTo(right) <= 0;

    /// <summary>Whether this vote beats or equals the other.</summary>
    public static bool operator >=(Vote left, Vote right) => left.CompareTo(right) >= 0;
}

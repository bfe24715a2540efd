namespace GrainKeeper.Core.AtomicCommit;

/// <summary>Allots the ids of one life of a coordinator.</summary>
/// <param name="home">Where the coordinator lives.</param>
/// <param name="incarnation">The number of this life: greater than that of every earlier one, for example the epoch of the home tree's leader.</param>
/// <param name="first">The first id's number is one more. Homes of one name, whose lives are numbered anew, choose numbers far apart.</param>
public sealed class TransactionIdSequence(string home, long incarnation, long first = 0)
{
    private readonly long _first = first;
    private long _last = first;

    /// <summary>The next id.</summary>
    /// <exception cref="FormatException">Home or incarnation are out of their range.</exception>
    public TransactionId Next() => new TransactionId(home, incarnation, checked(++_last)).Demand();

    /// <summary>Whether this life has allotted the id, and so may begin it. What has begun is for the caller to remember.</summary>
    public bool MayBegin(TransactionId id) => id.Home == home && id.Incarnation == incarnation && id.Sequence > _first && id.Sequence <= _last;
}

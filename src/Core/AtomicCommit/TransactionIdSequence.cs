namespace GrainKeeper.Core.AtomicCommit;

/// <summary>Allots the ids of one life of a coordinator.</summary>
/// <param name="home">Where the coordinator lives.</param>
/// <param name="incarnation">The number of this life: greater than that of every earlier one, for example the epoch of the home tree's leader.</param>
public sealed class TransactionIdSequence(string home, long incarnation)
{
    private long _last;

    /// <summary>The next id.</summary>
    /// <exception cref="FormatException">Home or incarnation are out of their range.</exception>
    public TransactionId Next() => new TransactionId(home, incarnation, checked(++_last)).Demand();

    /// <summary>Whether this life has allotted the id, and so may begin it. What has begun is for the caller to remember.</summary>
    public bool MayBegin(TransactionId id) => id.Home == home && id.Incarnation == incarnation && id.Sequence >= 1 && id.Sequence <= _last;
}

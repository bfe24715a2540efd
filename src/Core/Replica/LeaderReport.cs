namespace GrainKeeper.Core.Replica;

/// <summary>What a leader knows of its ensemble and its proposals.</summary>
/// <param name="SyncedFollowers">Followers in broadcast.</param>
/// <param name="SyncedObservers">Observers in broadcast.</param>
/// <param name="Proposals">Transactions proposed since it leads.</param>
/// <param name="LastProposalBytes">Size of the last one; −1 before the first.</param>
/// <param name="MinProposalBytes">Size of the smallest one; −1 before the first.</param>
/// <param name="MaxProposalBytes">Size of the largest one; −1 before the first.</param>
/// <param name="LeadingSince">When it began to lead, on the monotonic clock, in ms.</param>
public sealed record LeaderReport(
    int SyncedFollowers,
    int SyncedObservers,
    long Proposals,
    int LastProposalBytes,
    int MinProposalBytes,
    int MaxProposalBytes,
    long LeadingSince)
{
    /// <summary>Transactions of atomic commit that the tree has prepared and not finished.</summary>
    public int PreparedTransactions { get; init; }

    /// <summary>Paths that transactions of atomic commit have locked.</summary>
    public int LockedPaths { get; init; }

    /// <summary>Requests that wait for such paths.</summary>
    public int LockWaiters { get; init; }
}

using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;

namespace GrainKeeper.Grains.Replicas;

/// <summary>Hosts machines of atomic commit whose log is a tree, beside the tree's leader. Called on the tree's scheduler, between steps: it must return at once and not throw.</summary>
internal interface ICommitHost
{
    /// <summary>This server is the established leader of the tree: machines go on from these records, and ask under this epoch.</summary>
    /// <param name="epoch">The epoch: a number for <c>TransactionIdSequence</c>, greater than that of every leadership before.</param>
    /// <param name="commits">All records of the tree, of other hosts' parties too.</param>
    void Began(Epoch epoch, IReadOnlyList<StoredCommit> commits);

    /// <summary>That leadership is over: machines end without a word.</summary>
    /// <param name="epoch">The epoch.</param>
    void Ended(Epoch epoch);
}

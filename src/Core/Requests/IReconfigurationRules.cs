using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Requests;

/// <summary>What the leader knows of its ensemble when a reconfiguration, or the end of a tree, is asked for.</summary>
internal interface IReconfigurationRules
{
    /// <summary>Whether a change of the server list waits for its commit.</summary>
    bool IsUnderWay { get; }

    /// <summary>Whether other trees exist: each is replicated for itself, and a change of the servers would have to reach them all at once.</summary>
    bool HasOtherTrees { get; }

    /// <summary>The present list with its version, or null where none is published: a lone server, or a tree that is not the root tree.</summary>
    MembershipList? Current { get; }

    /// <summary>Whether servers that are connected and synchronized, this one included, are a quorum.</summary>
    bool IsQuorumSynced(QuorumConfiguration next);

    /// <summary>Whether transactions of atomic commit are not finished in a tree.</summary>
    bool IsInUse(ReadOnlySpan<byte> tree);
}

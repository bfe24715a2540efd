using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Replica.Commits;

/// <summary>What the commit desk needs of the leader's desk.</summary>
internal interface ICommitLeader
{
    /// <summary>Whether something may be proposed now.</summary>
    bool CanPropose { get; }

    /// <summary>The last transaction proposed, or of the history it began with.</summary>
    Zxid LastProposed { get; }

    /// <summary>The zxid of the next proposal; only while something may be proposed.</summary>
    Zxid NextZxid { get; }

    /// <summary>The moment.</summary>
    Now Now { get; }

    /// <summary>Proposes a transaction.</summary>
    void Propose(ReadOnlyMemory<byte> payload);
}

using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;

namespace GrainKeeper.Core.Replica;

/// <content>Atomic commit.</content>
internal sealed partial class LeaderDesk : ICommitLeader
{
    /// <summary>Keeps the records of atomic commit.</summary>
    public CommitDesk Commits { get; }

    bool ICommitLeader.CanPropose => CanPropose;

    Zxid ICommitLeader.LastProposed => _lastProposed;

    Zxid ICommitLeader.NextZxid => _peer.NextZxid;

    Now ICommitLeader.Now => _now;

    void ICommitLeader.Propose(ReadOnlyMemory<byte> payload) => Propose(payload);
}

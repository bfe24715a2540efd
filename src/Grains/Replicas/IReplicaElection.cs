using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Replicas;

/// <summary>The election, as its replica sees it. Thread-safe.</summary>
internal interface IReplicaElection
{
    /// <summary>The replica has no leader: find one. The answer brings the ticket back.</summary>
    void StartLooking(Zxid lastZxid, Epoch currentEpoch, long ticket);

    /// <summary>The replica's epoch is established.</summary>
    void EpochEstablished(Epoch epoch);
}

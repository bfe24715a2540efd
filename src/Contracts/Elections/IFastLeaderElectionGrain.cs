using GrainKeeper.Contracts.Peers;
using Orleans.Concurrency;

namespace GrainKeeper.Contracts.Elections;

/// <summary>
/// A server's part in the election of one tree's leader. Key: <see cref="ServerGrainKey"/>. The grains of all servers for a tree are an election group;
/// together they decide which silo owns the tree's writes.
/// </summary>
[Alias("gk.IFastLeaderElectionGrain")]
public interface IFastLeaderElectionGrain : IPeerGrain
{
    /// <summary>What this server votes and believes now.</summary>
    [AlwaysInterleave, Alias("GetStatus")]
    Task<ElectionStatus> GetStatus();
}

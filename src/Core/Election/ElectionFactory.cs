using GrainKeeper.Core.Election.Authenticated;
using GrainKeeper.Core.Election.Fast;
using GrainKeeper.Core.Election.Polling;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Election;

/// <summary>Makes the election that a configuration asks for.</summary>
public static class ElectionFactory
{
    /// <summary>Makes an election. It does nothing until its first <see cref="ElectionInput.StartLooking"/>.</summary>
    /// <param name="electionAlg">ZooKeeper's key: 0 LeaderElection, 2 AuthFastLeaderElection, 3 FastLeaderElection (the default).</param>
    /// <param name="self">This server. When the configuration does not hold it, it has no vote and only looks for a leader to follow.</param>
    /// <param name="configuration">The configuration in force.</param>
    /// <param name="options">Times, and the secret for 2.</param>
    /// <param name="seed">Differs between starts of a server; only 2 uses it, to make its nonces.</param>
    /// <exception cref="ArgumentException">The algorithm is unknown, an option is out of range or the secret too short.</exception>
    public static IElection Create(int electionAlg, ServerId self, QuorumConfiguration configuration, ElectionOptions options, int seed)
    {
        options.Validate();
        return electionAlg switch
        {
            0 => new LeaderElection(self, configuration, options),
            2 => new AuthFastLeaderElection(self, configuration, options, seed),
            3 => new FastLeaderElection(self, configuration, options),
            1 => throw new ArgumentException("electionAlg 1 (unauthenticated UDP election) is not offered: use 3, or 2 for authenticated votes"),
            _ => throw new ArgumentException($"electionAlg {electionAlg} is unknown: use 0, 2 or 3"),
        };
    }
}

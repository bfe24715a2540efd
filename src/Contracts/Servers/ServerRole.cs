namespace GrainKeeper.Contracts.Servers;

/// <summary>A server's role in one tree.</summary>
[GenerateSerializer, Alias("gk.ServerRole")]
public enum ServerRole
{
    /// <summary>The tree is not running on the server (being loaded, or stopping).</summary>
    Stopped = 0,

    /// <summary>It has no leader and serves no writes.</summary>
    Looking = 1,

    /// <summary>It follows the leader and votes.</summary>
    Following = 2,

    /// <summary>It leads: it owns the tree's writes.</summary>
    Leading = 3,

    /// <summary>It listens to the leader without a vote.</summary>
    Observing = 4,
}

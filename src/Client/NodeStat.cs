using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client;

/// <summary>Whether a node is there.</summary>
/// <param name="Stat">Its stat at that moment; null when there is no such node.</param>
public sealed record NodeStat(Stat? Stat)
{
    /// <summary>Where it was read.</summary>
    public ReadSource Source { get; init; }
}

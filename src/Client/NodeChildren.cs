using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client;

/// <summary>A node's children.</summary>
/// <param name="Names">Their names, without the node's path, in no particular order.</param>
/// <param name="Stat">The node's stat at that moment.</param>
public sealed record NodeChildren(IReadOnlyList<string> Names, Stat Stat)
{
    /// <summary>Where it was read.</summary>
    public ReadSource Source { get; init; }
}

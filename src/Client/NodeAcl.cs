using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Client;

/// <summary>A node's ACL.</summary>
/// <param name="Acl">Who may do what.</param>
/// <param name="Stat">The node's stat at that moment.</param>
public sealed record NodeAcl(AclList Acl, Stat Stat)
{
    /// <summary>Where it was read.</summary>
    public ReadSource Source { get; init; }
}

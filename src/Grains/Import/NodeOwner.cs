using GrainKeeper.Core.Tree;

namespace GrainKeeper.Grains.Import;

/// <summary>What ZooKeeper packs into a node's ephemeralOwner: how long it lives, and whose it is.</summary>
/// <param name="Kind">How long it lives.</param>
/// <param name="Value">The session of an ephemeral node, milliseconds of a TTL node, else 0.</param>
internal readonly record struct NodeOwner(NodeKind Kind, long Value)
{
    private const long ExtendedMask = unchecked((long)0xff00_0000_0000_0000);
    private const long FeatureMask = 0x00ff_ff00_0000_0000;
    private const long ValueMask = 0x0000_00ff_ffff_ffff;

    public static NodeOwner Persistent => default;

    public static NodeOwner Container => new(NodeKind.Container, 0);

    public static NodeOwner Session(long id) => new(NodeKind.Ephemeral, id);

    public static NodeOwner Ttl(long milliseconds) => new(NodeKind.Ttl, milliseconds);

    /// <summary>Takes it apart (EphemeralType). A session of server 255 has other bits where a TTL node has zeros.</summary>
    public static NodeOwner Of(long ephemeralOwner) => ephemeralOwner switch
    {
        0 => Persistent,
        long.MinValue => Container,
        _ when (ephemeralOwner & ExtendedMask) == ExtendedMask && (ephemeralOwner & FeatureMask) == 0 => Ttl(ephemeralOwner & ValueMask),
        _ => Session(ephemeralOwner),
    };
}

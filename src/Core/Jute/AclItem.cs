namespace GrainKeeper.Core.Jute;

/// <summary>One entry of an <see cref="AclVector"/>.</summary>
/// <param name="permissions">Bits as sent, not yet checked.</param>
/// <param name="scheme">The scheme in UTF-8.</param>
/// <param name="id">The id in UTF-8.</param>
public readonly ref struct AclItem(int permissions, ReadOnlySpan<byte> scheme, ReadOnlySpan<byte> id)
{
    /// <summary>Bits as sent, not yet checked.</summary>
    public int Permissions { get; } = permissions;

    /// <summary>The scheme in UTF-8.</summary>
    public ReadOnlySpan<byte> Scheme { get; } = scheme;

    /// <summary>The id in UTF-8.</summary>
    public ReadOnlySpan<byte> Id { get; } = id;
}

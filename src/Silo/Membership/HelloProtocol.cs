using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Silo.Membership;

/// <summary>
/// The numbers of the hello protocol. It shares the silo port with Orleans: the first four bytes of an Orleans connection are a little-endian
/// length of at most 1,024, those of a hello are <see cref="Magic"/>, which read as such a length would be far larger.
/// </summary>
internal static class HelloProtocol
{
    /// <summary>Largest frame without its two length bytes. An identity with the longest names takes about 300.</summary>
    public const int MaxFrame = 1024;

    /// <summary>The same after the handshake, for a server list.</summary>
    public const int MaxSessionFrame = MembershipText.MaxBytes + 1;

    public const byte Version = 1;

    public const int NonceBytes = 32;

    public const int ProofBytes = 32;

    public const int MaxClusterIdBytes = 64;

    public const int MaxReasonBytes = 256;

    /// <summary>Handshakes of strangers that may be under way at once.</summary>
    public const int MaxHandshakes = 64;

    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(3);

    public static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(1);

    /// <summary>Silence after which a connection counts as broken: longer than any garbage collection, shorter than TCP's patience.</summary>
    public static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(6);

    public static readonly TimeSpan FirstRedial = TimeSpan.FromMilliseconds(50);

    public static readonly TimeSpan LastRedial = TimeSpan.FromMilliseconds(500);

    public static ReadOnlySpan<byte> Magic => "GKHL"u8;
}

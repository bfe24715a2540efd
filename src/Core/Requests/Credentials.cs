using System.Buffers;
using System.Net;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Requests;

/// <summary>
/// All identities of one connection, immutable, with the encoded form that travels with forwarded requests. The leader checks ACLs by it,
/// so a learner sends only what it has verified itself.
/// </summary>
public sealed class Credentials
{
    /// <summary>Most identities that one connection may collect.</summary>
    public const int MaxIdentities = 64;

    private readonly Identity[] _identities;
    private readonly byte[] _encoded;

    private Credentials(Identity[] identities, byte[] encoded)
    {
        _identities = identities;
        _encoded = encoded;
        foreach (var identity in identities)
        {
            IsSuper |= identity.Scheme == AuthSchemes.Super;
        }
    }

    /// <summary>Nobody: matches only <c>world:anyone</c>.</summary>
    public static Credentials None { get; } = From([]);

    /// <summary>The servers themselves: no ACL stops them.</summary>
    public static Credentials Server { get; } = From([new Identity(AuthSchemes.Super, string.Empty)]);

    /// <summary>The identities, in the order in which they were proven.</summary>
    public ReadOnlySpan<Identity> Identities => _identities;

    /// <summary>Whether all ACLs are bypassed.</summary>
    public bool IsSuper { get; }

    /// <summary>Whether something was proven in this way.</summary>
    /// <param name="scheme">The way.</param>
    public bool Has(string scheme) => Array.Exists(_identities, i => i.Scheme == scheme);

    /// <summary>The encoded form; see <see cref="Decode"/>.</summary>
    public ReadOnlySpan<byte> Encoded => _encoded;

    /// <summary>What every connection has: the address it comes from.</summary>
    /// <param name="address">The address; an IPv4 address within an IPv6 one counts as IPv4.</param>
    public static Credentials OfAddress(IPAddress address) =>
        From([new Identity(AuthSchemes.Ip, (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString())]);

    /// <summary>Reads the encoded form.</summary>
    /// <param name="encoded">The bytes.</param>
    /// <exception cref="FormatException">The bytes are no credentials.</exception>
    public static Credentials Decode(ReadOnlySpan<byte> encoded)
    {
        var reader = new CompactReader(encoded);
        var identities = new Identity[reader.Count(smallest: 2, MaxIdentities, "identities")];
        for (var i = 0; i < identities.Length; i++)
        {
            identities[i] = new Identity(reader.Text("identity scheme"), reader.Text("identity"));
        }

        reader.ExpectEnd("credentials");
        return new Credentials(identities, encoded.ToArray());
    }

    /// <summary>These and one more; the same object when it is known already or <see cref="MaxIdentities"/> is reached.</summary>
    /// <param name="identity">The new one.</param>
    public Credentials With(Identity identity) =>
        _identities.Length >= MaxIdentities || Array.IndexOf(_identities, identity) >= 0 ? this : From([.. _identities, identity]);

    /// <summary>These and what an auth packet proves; null when it proves nothing.</summary>
    /// <param name="scheme">The way, <c>digest</c>.</param>
    /// <param name="proof">What is shown: <c>user:password</c>.</param>
    /// <param name="superDigest">The administrator's digest; with null there is none.</param>
    public Credentials? Prove(string scheme, ReadOnlySpan<byte> proof, string? superDigest) => AuthSchemes.Authenticate(scheme, proof, this, superDigest);

    private static Credentials From(Identity[] identities)
    {
        var buffer = new ArrayBufferWriter<byte>(64);
        var writer = new CompactWriter(buffer);
        writer.Unsigned((uint)identities.Length);
        foreach (var identity in identities)
        {
            writer.Text(identity.Scheme);
            writer.Text(identity.Id);
        }

        return new Credentials(identities, buffer.WrittenSpan.ToArray());
    }
}

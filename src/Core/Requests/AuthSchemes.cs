using System.Security.Cryptography;
using System.Text;

namespace GrainKeeper.Core.Requests;

/// <summary>The ways in which a client proves who it is, as ZooKeeper's authentication providers of the same names.</summary>
internal static class AuthSchemes
{
    public const string World = "world";
    public const string Anyone = "anyone";
    public const string Auth = "auth";
    public const string Digest = "digest";
    public const string Ip = "ip";
    public const string X509 = "x509";
    public const string Super = "super";

    /// <summary>Longest user name of a digest, in bytes.</summary>
    public const int LongestUser = 1_024;

    /// <summary>Adds to the credentials what an auth packet proves; null when it proves nothing.</summary>
    public static Credentials? Authenticate(string scheme, ReadOnlySpan<byte> proof, Credentials present, string? superDigest)
    {
        switch (scheme)
        {
            case Ip:
                // Every connection has it from the start.
                return present;
            case X509:
                // The certificate was verified when the connection began; there is nothing else to show.
                return present.Has(X509) ? present : null;
            case Digest:
                var digest = DigestOf(proof);
                if (digest is null)
                {
                    return null;
                }

                if (superDigest is not null && FixedTimeEquals(digest, superDigest))
                {
                    present = present.With(new Identity(Super, string.Empty));
                }

                return present.With(new Identity(Digest, digest));
            default:
                return null;
        }
    }

    /// <summary>Adds the subject of a verified certificate.</summary>
    public static Credentials WithCertificate(Credentials present, string subject, string? superSubject)
    {
        var who = present.With(new Identity(X509, subject));
        return superSubject is not null && subject == superSubject ? who.With(new Identity(Super, string.Empty)) : who;
    }

    /// <summary>Whether an identity grants what an ACL entry of the same scheme asks for.</summary>
    public static bool Matches(string scheme, string identity, string wanted) => scheme switch
    {
        Ip => IpRange.Matches(identity, wanted),
        _ => identity == wanted,
    };

    /// <summary>Whether the id of an ACL entry is well-formed and its scheme known.</summary>
    public static bool IsValidId(string scheme, string id)
    {
        switch (scheme)
        {
            case World:
                return id == Anyone;
            case Ip:
                return IpRange.TryParse(id, out _, out _);
            case X509:
                return IsDistinguishedName(id);
            case Digest:
                var colon = id.IndexOf(':', StringComparison.Ordinal);
                return colon >= 0 && colon < id.Length - 1 && id.IndexOf(':', colon + 1) < 0;
            default:
                return false;
        }
    }

    /// <summary>Whether <c>auth</c> stands for identities of this scheme.</summary>
    public static bool IsAuthenticated(string scheme) => scheme is Digest or X509;

    /// <summary>Whether an id has the form of RFC 2253: parts of a type, an equals sign and a value, after commas or plus signs that no backslash precedes.</summary>
    private static bool IsDistinguishedName(string id)
    {
        var start = 0;
        for (var i = 0; i <= id.Length; i++)
        {
            if (i < id.Length && id[i] == '\\')
            {
                i++;
                continue;
            }

            if (i < id.Length && id[i] is not (',' or '+'))
            {
                continue;
            }

            var part = id.AsSpan(start, i - start);
            var equals = part.IndexOf('=');
            if (equals <= 0 || part[..equals].Trim().IsEmpty)
            {
                return false;
            }

            start = i + 1;
        }

        return id.Length <= LongestUser && start == id.Length + 1;
    }

    private static string? DigestOf(ReadOnlySpan<byte> userAndPassword)
    {
        // The name travels with every forwarded request of the connection.
        if (userAndPassword.IndexOf((byte)':') is var end && (end < 0 ? userAndPassword.Length : end) > LongestUser)
        {
            return null;
        }

        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(userAndPassword);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var user = colon < 0 ? text : text[..colon];
        return user + ":" + Convert.ToBase64String(SHA1.HashData(userAndPassword));
    }

    private static bool FixedTimeEquals(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
}

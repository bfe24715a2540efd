using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Membership;

/// <summary>The certificate this server shows to its peers, and the authorities by which it judges theirs.</summary>
public sealed class PeerCertificates
{
    private PeerCertificates(X509Certificate2 own, X509Certificate2Collection authorities)
    {
        Own = own;
        Authorities = authorities;
    }

    /// <summary>This server's certificate, with its private key.</summary>
    public X509Certificate2 Own { get; }

    /// <summary>The authorities.</summary>
    public X509Certificate2Collection Authorities { get; }

    /// <summary>Loads both files.</summary>
    /// <exception cref="CryptographicException">A file is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static PeerCertificates Load(PeerTlsOptions options)
    {
        var own = CertificateFiles.LoadOwn(options.CertificateFile, options.CertificatePassword);
        return new PeerCertificates(own, CertificateFiles.LoadAuthorities(options.TrustFile, options.TrustPassword));
    }
}

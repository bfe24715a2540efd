using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GrainKeeper.Silo.Configuration;
using GrainKeeper.Silo.Membership;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>The certificate this server shows to clients, and the authorities by which it judges theirs.</summary>
internal sealed class ClientCertificates
{
    private readonly X509Certificate2Collection _authorities;

    private ClientCertificates(X509Certificate2 own, X509Certificate2Collection authorities)
    {
        Own = own;
        _authorities = authorities;
    }

    /// <summary>The server's own, with its private key.</summary>
    public X509Certificate2 Own { get; }

    /// <summary>Loads the files.</summary>
    /// <exception cref="CryptographicException">A file is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ClientCertificates Load(ClientTlsOptions options) => new(
        CertificateFiles.LoadOwn(options.CertificateFile, options.CertificatePassword),
        options.TrustFile is { } trust ? CertificateFiles.LoadAuthorities(trust, options.TrustPassword) : []);

    /// <summary>Whether one of the authorities has signed the certificate.</summary>
    public bool IsTrusted(X509Certificate2 certificate)
    {
        if (_authorities.Count == 0)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}

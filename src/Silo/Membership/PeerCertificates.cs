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
        var own = IsPem(options.CertificateFile)
            ? LoadPem(options.CertificateFile, options.CertificatePassword)
            : X509CertificateLoader.LoadPkcs12FromFile(options.CertificateFile, options.CertificatePassword);
        if (!own.HasPrivateKey)
        {
            throw new CryptographicException($"{options.CertificateFile} holds no private key");
        }

        var authorities = new X509Certificate2Collection();
        if (IsPem(options.TrustFile))
        {
            authorities.ImportFromPemFile(options.TrustFile);
        }
        else
        {
            authorities = X509CertificateLoader.LoadPkcs12CollectionFromFile(options.TrustFile, options.TrustPassword);
        }

        return authorities.Count > 0
            ? new PeerCertificates(own, authorities)
            : throw new CryptographicException($"{options.TrustFile} holds no certificate");
    }

    /// <summary>Tries to load both files.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? Check(PeerTlsOptions options)
    {
        try
        {
            Load(options);
            return null;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return $"the certificates cannot be loaded: {e.Message}";
        }
    }

    private static bool IsPem(string path)
    {
        using var reader = new StreamReader(path);
        Span<char> start = stackalloc char[4096];
        var count = reader.ReadBlock(start);
        return start[..count].Contains("-----BEGIN ", StringComparison.Ordinal);
    }

    private static X509Certificate2 LoadPem(string path, string? password)
    {
        try
        {
            return password is null ? X509Certificate2.CreateFromPemFile(path) : X509Certificate2.CreateFromEncryptedPemFile(path, password);
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException($"{path} holds no usable certificate and key: {e.Message}", e);
        }
    }
}

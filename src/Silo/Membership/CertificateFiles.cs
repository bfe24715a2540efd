using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GrainKeeper.Silo.Membership;

/// <summary>Reads certificates from PEM and PKCS#12 files.</summary>
internal static class CertificateFiles
{
    /// <summary>A certificate with its private key.</summary>
    /// <exception cref="CryptographicException">The file is not what it should be.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static X509Certificate2 LoadOwn(string path, string? password)
    {
        var own = IsPem(path) ? LoadPem(path, password) : X509CertificateLoader.LoadPkcs12FromFile(path, password);
        return own.HasPrivateKey ? own : throw new CryptographicException($"{path} holds no private key");
    }

    /// <summary>Certificates of authorities.</summary>
    /// <exception cref="CryptographicException">The file is not what it should be.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static X509Certificate2Collection LoadAuthorities(string path, string? password)
    {
        var authorities = new X509Certificate2Collection();
        if (IsPem(path))
        {
            authorities.ImportFromPemFile(path);
        }
        else
        {
            authorities = X509CertificateLoader.LoadPkcs12CollectionFromFile(path, password);
        }

        return authorities.Count > 0 ? authorities : throw new CryptographicException($"{path} holds no certificate");
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

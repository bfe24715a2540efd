using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GrainKeeper.Silo.Tests;

/// <summary>Certificate files of a test.</summary>
internal static class Certificates
{
    /// <summary>A certificate with its key under a password, the same as an authority, and a file with the password.</summary>
    public static (string Store, string Trust, string Password) Make(string directory)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (store, trust, password) = (Path.Combine(directory, "store.p12"), Path.Combine(directory, "trust.pem"), Path.Combine(directory, "password"));
        File.WriteAllBytes(store, certificate.Export(X509ContentType.Pfx, "opensesame"));
        File.WriteAllText(trust, certificate.ExportCertificatePem());
        File.WriteAllText(password, "opensesame\n");
        return (store, trust, password);
    }
}

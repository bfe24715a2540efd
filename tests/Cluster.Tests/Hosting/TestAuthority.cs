using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Cluster.Tests.Hosting;

/// <summary>An authority that signs servers' certificates, in files as an operator has them.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("gk-certificates-").FullName;
    private readonly X509Certificate2 _root;
    private readonly Lock _lock = new();

    public TestAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllText(TrustFile, _root.ExportCertificatePem());
    }

    private string TrustFile => Path.Combine(_directory, "authority.pem");

    /// <summary>The TLS options of a server on the loopback address, with a certificate of this authority.</summary>
    public PeerTlsOptions For(int server)
    {
        var file = Path.Combine(_directory, $"{server}.pem");
        lock (_lock)
        {
            if (!File.Exists(file))
            {
                File.WriteAllText(file, Sign(server));
            }
        }

        return new PeerTlsOptions(file, null, TrustFile, null, VerifyHostNames: true);
    }

    public void Dispose()
    {
        _root.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private string Sign(int server)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=server {server}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_root, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n";
    }
}

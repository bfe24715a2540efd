namespace GrainKeeper.Silo.Configuration;

/// <summary>TLS for ZooKeeper clients, on a port of its own (<c>secureClientPort</c>).</summary>
/// <param name="CertificateFile">The server's certificate and private key, PEM or PKCS#12 (<c>ssl.keyStore.location</c>).</param>
/// <param name="CertificatePassword">The password of that file, or null (<c>ssl.keyStore.password</c> or <c>.passwordPath</c>).</param>
/// <param name="TrustFile">The certificates of the authorities that sign clients' certificates, PEM or PKCS#12 (<c>ssl.trustStore.location</c>); null when none are asked for.</param>
/// <param name="TrustPassword">The password of that file, or null.</param>
/// <param name="ClientCertificate">Whether clients show a certificate (<c>ssl.clientAuth</c>).</param>
public sealed record ClientTlsOptions(
    string CertificateFile,
    string? CertificatePassword,
    string? TrustFile,
    string? TrustPassword,
    ClientCertificateRule ClientCertificate)
{
    /// <summary>Names the files, never the passwords.</summary>
    public override string ToString() => $"TLS with {CertificateFile}, client certificates {ClientCertificate}";
}

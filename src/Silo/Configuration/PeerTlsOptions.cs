namespace GrainKeeper.Silo.Configuration;

/// <summary>TLS between servers (<c>sslQuorum=true</c>): every connection between silos, hello and Orleans alike, is encrypted and both ends show a certificate.</summary>
/// <param name="CertificateFile">The server's certificate and private key, PEM or PKCS#12 (<c>ssl.quorum.keyStore.location</c>).</param>
/// <param name="CertificatePassword">The password of that file, or null (<c>ssl.quorum.keyStore.password</c> or <c>.passwordPath</c>).</param>
/// <param name="TrustFile">The certificates of the authorities that signed the peers' certificates, PEM or PKCS#12 (<c>ssl.quorum.trustStore.location</c>).</param>
/// <param name="TrustPassword">The password of that file, or null.</param>
/// <param name="VerifyHostNames">Whether a peer's certificate must name the host of its server line (<c>ssl.quorum.hostnameVerification</c>). Default true.</param>
public sealed record PeerTlsOptions(
    string CertificateFile,
    string? CertificatePassword,
    string TrustFile,
    string? TrustPassword,
    bool VerifyHostNames)
{
    /// <summary>Names the files, never the passwords.</summary>
    public override string ToString() => $"TLS with {CertificateFile}, trusting {TrustFile}";
}

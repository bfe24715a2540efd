using GrainKeeper.Silo.Membership;

namespace GrainKeeper.Silo.Configuration;

/// <summary>Reads the keys of TLS between servers.</summary>
internal static class PeerTlsReader
{
    private const string Key = "ssl.quorum.keyStore";
    private const string Trust = "ssl.quorum.trustStore";

    public static PeerTlsOptions? Read(ValueReader values)
    {
        if (!values.Bool("sslQuorum", false))
        {
            return null;
        }

        var certificate = CertificateKeys.ExistingFile(values, Key + ".location", "sslQuorum=true");
        var trust = CertificateKeys.ExistingFile(values, Trust + ".location", "sslQuorum=true");
        var options = new PeerTlsOptions(
            certificate ?? string.Empty,
            CertificateKeys.Password(values, Key),
            trust ?? string.Empty,
            CertificateKeys.Password(values, Trust),
            values.Bool("ssl.quorum.hostnameVerification", true));
        if (certificate is not null)
        {
            CertificateKeys.Check(values, Key, () => CertificateFiles.LoadOwn(certificate, options.CertificatePassword).Dispose());
        }

        if (trust is not null)
        {
            CertificateKeys.Check(values, Trust, () => CertificateFiles.LoadAuthorities(trust, options.TrustPassword));
        }

        return options;
    }
}

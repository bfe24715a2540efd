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

        var certificate = ExistingFile(values, Key + ".location");
        var trust = ExistingFile(values, Trust + ".location");
        var options = new PeerTlsOptions(
            certificate ?? string.Empty,
            Password(values, Key),
            trust ?? string.Empty,
            Password(values, Trust),
            values.Bool("ssl.quorum.hostnameVerification", true));
        if (certificate is not null && trust is not null && Membership.PeerCertificates.Check(options) is { } wrong)
        {
            values.Error(values.Settings["sslQuorum"]!, wrong, "give PEM or PKCS#12 files: the server's certificate with its private key, and the authorities' certificates");
        }

        return options;
    }

    private static string? ExistingFile(ValueReader values, string key)
    {
        if (values.Text(key) is not { } path)
        {
            values.Error(key, "is needed with sslQuorum=true", "give the path of a PEM or PKCS#12 file");
            return null;
        }

        if (path.EndsWith(".jks", StringComparison.OrdinalIgnoreCase))
        {
            values.Error(values.Settings[key]!, "is a Java key store, which cannot be read", "convert it: keytool -importkeystore -srckeystore FILE.jks -destkeystore FILE.p12 -deststoretype PKCS12");
            return null;
        }

        if (File.Exists(path))
        {
            return Path.GetFullPath(path);
        }

        values.Error(values.Settings[key]!, "there is no such file", "give the path of a PEM or PKCS#12 file");
        return null;
    }

    private static string? Password(ValueReader values, string store)
    {
        if (values.Text(store + ".password") is { } password)
        {
            return password;
        }

        if (values.Text(store + ".passwordPath") is not { } path)
        {
            return null;
        }

        try
        {
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            values.Error(values.Settings[store + ".passwordPath"]!, $"the file cannot be read: {e.Message}", "give the path of a readable file");
            return null;
        }
    }
}

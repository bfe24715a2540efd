using System.Collections.Frozen;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Silo.Membership;

namespace GrainKeeper.Silo.Configuration;

/// <summary>Reads the keys of the ports for ZooKeeper clients and administrators.</summary>
internal static class ClientSettingsReader
{
    private const string Key = "ssl.keyStore";
    private const string Trust = "ssl.trustStore";

    private static readonly string[] KeysOfTheSecurePort =
    [
        "secureClientPortAddress", "ssl.clientAuth", Key + ".location", Key + ".password", Key + ".passwordPath", Trust + ".location", Trust + ".password", Trust + ".passwordPath",
    ];

    public static ClientSettings Read(ValueReader values, ServerEntry? entry)
    {
        var port = values.Port("clientPort");
        if (port is not null && entry?.ClientPort is { } own && own != port)
        {
            values.Error(values.Settings["clientPort"]!, $"the line server.{entry.Id} says {own}", "give the client port in one place, or the same in both");
        }

        var secure = values.Port("secureClientPort");
        var rule = ReadRule(values);
        if (!values.Has("secureClientPort"))
        {
            WarnOfKeysWithoutPort(values);
        }

        return new ClientSettings
        {
            ClientPort = port ?? entry?.ClientPort,
            ClientAddress = values.Text("clientPortAddress") ?? entry?.ClientAddress,
            SecureClientPort = secure,
            SecureClientAddress = values.Text("secureClientPortAddress"),
            Tls = secure is null ? null : ReadTls(values, rule),
            HandshakeTimeout = values.Int("nio.sessionlessCnxnTimeout", 10_000, 100, 600_000, "ms"),
            MaxConnectionsPerAddress = values.Int("maxClientCnxns", 60, 0, 1_000_000, "connections (0 = no limit)"),
            MaxConnections = values.Int("maxCnxns", 0, 0, 1_000_000, "connections (0 = no limit)"),
            FourLetterWords = ReadWords(values),
            AdminPort = values.Bool("admin.enableServer", true) ? values.Port("admin.serverPort") ?? 8080 : null,
            AdminAddress = values.Text("admin.serverAddress"),
        };
    }

    // Who writes them believes that clients are encrypted.
    private static void WarnOfKeysWithoutPort(ValueReader values)
    {
        foreach (var key in KeysOfTheSecurePort.Where(values.Has))
        {
            values.Warn(values.Settings[key]!, "has no effect without secureClientPort", "set secureClientPort, or remove the line");
        }
    }

    private static FrozenSet<string> ReadWords(ValueReader values)
    {
        if (values.Text("4lw.commands.whitelist") is { } words)
        {
            return words.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
        }

        // A client that looks for a server that may write asks isro.
        return values.Bool("readonlymode.enabled", false) ? FrozenSet.Create("srvr", "isro") : FrozenSet.Create("srvr");
    }

    private static ClientTlsOptions ReadTls(ValueReader values, ClientCertificateRule rule)
    {
        var certificate = CertificateKeys.ExistingFile(values, Key + ".location", "secureClientPort");
        var trust = rule == ClientCertificateRule.None && !values.Has(Trust + ".location")
            ? null
            : CertificateKeys.ExistingFile(values, Trust + ".location", "secureClientPort, unless ssl.clientAuth=none");
        var options = new ClientTlsOptions(
            certificate ?? string.Empty, CertificateKeys.Password(values, Key), trust, CertificateKeys.Password(values, Trust), rule);
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

    private static ClientCertificateRule ReadRule(ValueReader values)
    {
        if (values.Text("ssl.clientAuth") is not { } text)
        {
            return ClientCertificateRule.Need;
        }

        if (ValueReader.TryWord<ClientCertificateRule>(text, out var rule))
        {
            return rule;
        }

        values.Error(values.Settings["ssl.clientAuth"]!, "must be none, want or need", "write one of these words, or remove the line to get need");
        return ClientCertificateRule.Need;
    }
}

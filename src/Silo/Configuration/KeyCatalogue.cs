namespace GrainKeeper.Silo.Configuration;

/// <summary>The keys that are known. A key outside is a warning, with the nearest known key as a guess at what was meant.</summary>
internal static class KeyCatalogue
{
    /// <summary>Keys with an effect, in the order of docs/configuration.md.</summary>
    public static readonly IReadOnlyList<string> Used =
    [
        "id", "clusterId", "dataDir", "dataLogDir", "dynamicConfigFile", "peerType",
        "tickTime", "initLimit", "syncLimit", "heartbeatInterval", "syncTimeout", "initTimeout", "minSessionTimeout", "maxSessionTimeout",
        "electionAlg", "electionFinalizeWait", "fastleader.minNotificationInterval", "fastleader.maxNotificationInterval", "maxTrees",
        "clientPort", "clientPortAddress", "secureClientPort", "secureClientPortAddress", "maxClientCnxns", "maxCnxns", "nio.sessionlessCnxnTimeout",
        "4lw.commands.whitelist", "ssl.keyStore.location", "ssl.keyStore.password", "ssl.keyStore.passwordPath", "ssl.trustStore.location",
        "ssl.trustStore.password", "ssl.trustStore.passwordPath", "ssl.clientAuth", "X509AuthenticationProvider.superUser",
        "admin.enableServer", "admin.serverPort", "admin.serverAddress",
        "transactions.voteTimeout", "transactions.lockWait", "transactions.resourcePatience", "transactions.resendInterval", "transactions.maxResendInterval",
        "transactions.rollbackResends", "transactions.inquiryInterval", "transactions.retention", "transactions.roundTrip", "transactions.bundleWait",
        "transactions.acceptorPatience", "transactions.maxParties", "transactions.logPatience", "transactions.callTimeout", "transactions.maxQueuedBytes",
        "transactions.maxTimelineLines", "transactions.maxRecords", "transactions.maxRecordBytes", "transactions.maxLockWait",
        "jute.maxbuffer", "globalOutstandingLimit", "snapCount", "commitLogCount", "autopurge.snapRetainCount", "autopurge.purgeInterval", "log.segmentBytes",
        "skipACL", "enforceQuota", "audit.enable", "DigestAuthenticationProvider.superDigest", "readonlymode.enabled", "reconfigEnabled", "extendedTypesEnabled",
        "znode.container.checkIntervalMs", "znode.container.maxPerMinute",
        "secretFile", "secret", "sslQuorum", "ssl.quorum.keyStore.location", "ssl.quorum.keyStore.password", "ssl.quorum.keyStore.passwordPath",
        "ssl.quorum.trustStore.location", "ssl.quorum.trustStore.password", "ssl.quorum.trustStore.passwordPath", "ssl.quorum.hostnameVerification",
        "clustering", "clustering.connectionString", "quorumListenOnAllIPs", "listen.siloPort", "listen.gatewayPort", "shutdownTimeout",
    ];

    private static readonly string[] Prefixes = ["ssl.", "sasl.", "kerberos.", "quorum.auth.", "metricsprovider.", "x509."];

    private static readonly HashSet<string> UsedNormal = [.. Used.Select(Setting.Normalize)];
    private static readonly Dictionary<string, ForeignKeys> ForeignNormal =
        ForeignKeys.All.SelectMany(group => group.Keys.Select(key => (Key: Setting.Normalize(key), Group: group))).ToDictionary(k => k.Key, k => k.Group);

    public static bool IsSecret(string normal) =>
        normal is "secret" || normal.EndsWith("password", StringComparison.Ordinal) || normal.EndsWith("superdigest", StringComparison.Ordinal)
        || normal.EndsWith("connectionstring", StringComparison.Ordinal) || DatabaseReader.IsSecret(normal);

    /// <summary>The number N of <c>server.N</c>, <c>weight.N</c> or <c>group.N</c> as text, or null.</summary>
    public static string? Numbered(string normal, string kind) =>
        normal.StartsWith(kind + ".", StringComparison.Ordinal) ? normal[(kind.Length + 1)..] : null;

    /// <summary>The warning that a key deserves, or null when it has an effect.</summary>
    public static ConfigurationProblem? Judge(Setting setting)
    {
        var key = setting.Normal;
        if (UsedNormal.Contains(key) || Numbered(key, "server") is not null || Numbered(key, "weight") is not null || Numbered(key, "group") is not null
            || key.StartsWith(DatabaseReader.Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        if (key == "digestauthenticationprovider.digestalg" && setting.Value.Equals("SHA1", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (ForeignNormal.TryGetValue(key, out var foreign))
        {
            return Warning(setting, "without effect: " + foreign.Holds, foreign.Instead);
        }

        if (key.StartsWith("authprovider.", StringComparison.Ordinal))
        {
            // Any number or name may follow.
            var provider = ForeignNormal["authprovider"];
            return Warning(setting, "without effect: " + provider.Holds, provider.Instead);
        }

        if (Prefixes.Any(p => key.StartsWith(p, StringComparison.Ordinal)))
        {
            return Warning(setting, "not supported: this protection or provider is not part of this version", "remove the line once you have dealt with it");
        }

        var near = Used.MinBy(known => Distance(Setting.Normalize(known), key))!;
        var guess = Distance(Setting.Normalize(near), key) <= Math.Max(2, near.Length / 4) ? $"did you mean {near}?" : "see docs/configuration.md for the known keys";
        return Warning(setting, "unknown key, ignored", guess);
    }

    private static ConfigurationProblem Warning(Setting setting, string what, string remedy) =>
        new(false, setting.Key, setting.Where, null, what, remedy);

    // Levenshtein; keys are short.
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 20)
        {
            return int.MaxValue;
        }

        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}

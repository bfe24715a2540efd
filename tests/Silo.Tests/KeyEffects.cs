using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Tests;

/// <summary>For each key a value other than the default, and where in the configuration it must arrive.</summary>
internal static class KeyEffects
{
    public const string Digest = "super:D/InIHSb7yEEbrWz8b9l71RjZJU=";

    public static readonly IReadOnlyDictionary<string, (string Value, Func<ServerConfiguration, object?> Read, object? Expected)> All =
        new Dictionary<string, (string, Func<ServerConfiguration, object?>, object?)>(StringComparer.Ordinal)
        {
            ["id"] = ("2", c => c.Self.Value, 2),
            ["clusterId"] = ("orders", c => c.ClusterId, "orders"),
            ["dataDir"] = ("/elsewhere", c => c.DataDirectory, "/elsewhere"),
            ["dataLogDir"] = ("/logs", c => c.StorageOf("t").Directory, "/logs/trees/t"),
            ["tickTime"] = ("3000", c => c.Replica.TickTime, 3000),
            ["initLimit"] = ("4", c => c.Replica.Zab.InitTimeout, 8000),
            ["syncLimit"] = ("3", c => c.Replica.Zab.SyncTimeout, 6000),
            ["heartbeatInterval"] = ("100", c => c.Replica.Zab.HeartbeatInterval, 100),
            ["syncTimeout"] = ("2500", c => c.Replica.Zab.SyncTimeout, 2500),
            ["initTimeout"] = ("9000", c => c.Replica.Zab.InitTimeout, 9000),
            ["minSessionTimeout"] = ("1000", c => c.Replica.MinSessionTimeout, 1000),
            ["maxSessionTimeout"] = ("90000", c => c.Replica.MaxSessionTimeout, 90000),
            ["electionAlg"] = ("2", c => c.ElectionAlgorithm, 2),
            ["electionFinalizeWait"] = ("70", c => c.Election.FinalizeWait, 70),
            ["fastleader.minNotificationInterval"] = ("150", c => c.Election.ResendMin, 150),
            ["fastleader.maxNotificationInterval"] = ("5000", c => c.Election.ResendMax, 5000),
            ["maxTrees"] = ("7", c => c.MaxTrees, 7),
            ["clientPort"] = ("2181", c => c.Clients.ClientPort, 2181),
            ["clientPortAddress"] = ("10.1.2.3", c => c.Clients.ClientAddress, "10.1.2.3"),
            ["secureClientPortAddress"] = ("10.1.2.5", c => c.Clients.SecureClientAddress, "10.1.2.5"),
            ["nio.sessionlessCnxnTimeout"] = ("2000", c => c.Clients.HandshakeTimeout, 2000),
            ["maxClientCnxns"] = ("0", c => c.Clients.MaxConnectionsPerAddress, 0),
            ["maxCnxns"] = ("500", c => c.Clients.MaxConnections, 500),
            ["4lw.commands.whitelist"] = ("stat, ruok", c => string.Join(' ', c.Clients.FourLetterWords.Order()), "ruok stat"),
            ["admin.enableServer"] = ("false", c => c.Clients.AdminPort, null),
            ["admin.serverPort"] = ("9090", c => c.Clients.AdminPort, 9090),
            ["admin.serverAddress"] = ("10.1.2.4", c => c.Clients.AdminAddress, "10.1.2.4"),
            ["jute.maxbuffer"] = ("0x400000", c => c.Replica.MaxFrame, 4_194_304),
            ["globalOutstandingLimit"] = ("1000", c => c.Replica.MaxOutstandingRequests, 1000),
            ["transactions.voteTimeout"] = ("20000", c => c.Transactions.Commit.VoteTimeout, 20_000),
            ["transactions.lockWait"] = ("300", c => c.Transactions.Commit.LockWait, 300),
            ["transactions.resourcePatience"] = ("700", c => c.Transactions.Commit.ResourcePatience, 700),
            ["transactions.resendInterval"] = ("100", c => c.Transactions.Commit.ResendInterval, 100),
            ["transactions.maxResendInterval"] = ("4000", c => c.Transactions.Commit.MaxResendInterval, 4_000),
            ["transactions.rollbackResends"] = ("2", c => c.Transactions.Commit.RollbackResends, 2),
            ["transactions.inquiryInterval"] = ("900", c => c.Transactions.Commit.InquiryInterval, 900),
            ["transactions.retention"] = ("5000", c => c.Transactions.Commit.Retention, 5_000),
            ["transactions.roundTrip"] = ("800", c => c.Transactions.Commit.RoundTrip, 800),
            ["transactions.bundleWait"] = ("3", c => c.Transactions.Commit.BundleWait, 3),
            ["transactions.acceptorPatience"] = ("4000", c => c.Transactions.Commit.AcceptorPatience, 4_000),
            ["transactions.maxParties"] = ("1000", c => c.Transactions.MaxParties, 1_000),
            ["transactions.logPatience"] = ("3000", c => c.Transactions.LogPatience, 3_000),
            ["transactions.callTimeout"] = ("1500", c => c.Transactions.CallTimeout, 1_500),
            ["transactions.maxQueuedBytes"] = ("0x100000000", c => c.Transactions.MaxQueuedBytes, 4_294_967_296),
            ["transactions.maxTimelineLines"] = ("0", c => c.Transactions.MaxTimelineLines, 0),
            ["transactions.maxRecords"] = ("9000", c => c.Replica.MaxCommits, 9_000),
            ["transactions.maxRecordBytes"] = ("0x10000000000", c => c.Replica.MaxCommitBytes, 1_099_511_627_776),
            ["transactions.maxLockWait"] = ("250", c => c.Replica.MaxLockWait, 250),
            ["snapCount"] = ("5000", c => c.Replica.SnapshotEvery, 5000),
            ["commitLogCount"] = ("50", c => c.StorageOf("t").RecentTxns, 50),
            ["autopurge.snapRetainCount"] = ("10", c => c.StorageOf("t").SnapshotsToRetain, 10),
            ["log.segmentBytes"] = ("1048576", c => c.StorageOf("t").SegmentBytes, 1_048_576),
            ["skipACL"] = ("yes", c => c.Replica.SkipAcl, true),
            ["enforceQuota"] = ("true", c => c.Replica.EnforceQuota, true),
            ["audit.enable"] = ("true", c => c.Replica.Audit, true),
            ["X509AuthenticationProvider.superUser"] = ("CN=admin,O=Beans", c => c.Replica.SuperCertificate, "CN=admin,O=Beans"),
            ["DigestAuthenticationProvider.superDigest"] = (Digest, c => c.Replica.SuperDigest, Digest),
            ["readonlymode.enabled"] = ("true", c => c.Replica.ReadOnlyMode, true),
            ["reconfigEnabled"] = ("true", c => c.Replica.Reconfiguration, true),
            ["extendedTypesEnabled"] = ("no", c => c.Replica.TtlNodes, false),
            ["znode.container.checkIntervalMs"] = ("500", c => c.Replica.ContainerCheckInterval, 500),
            ["znode.container.maxPerMinute"] = ("20", c => c.Replica.ContainerMaxPerCheck, 20),
            ["secret"] = ("0123456789abcdef", c => Convert.ToHexString(c.Secret.Span), Convert.ToHexString("0123456789abcdef"u8)),
            ["quorumListenOnAllIPs"] = ("true", c => c.ListenOnAllAddresses, true),
            ["listen.siloPort"] = ("12888", c => c.ListenSiloPort, 12888),
            ["listen.gatewayPort"] = ("13888", c => c.ListenGatewayPort, 13888),
            ["shutdownTimeout"] = ("5000", c => c.ShutdownTimeout, 5000),
        };

    /// <summary>Keys whose effect needs more than one line; each has a test of its own.</summary>
    public static readonly IReadOnlySet<string> TestedApart = new HashSet<string>(StringComparer.Ordinal)
    {
        "dynamicConfigFile", "peerType", "autopurge.purgeInterval", "secretFile", "sslQuorum", "ssl.quorum.keyStore.location", "ssl.quorum.keyStore.password",
        "ssl.quorum.keyStore.passwordPath", "ssl.quorum.trustStore.location", "ssl.quorum.trustStore.password", "ssl.quorum.trustStore.passwordPath",
        "ssl.quorum.hostnameVerification", "secureClientPort", "ssl.keyStore.location", "ssl.keyStore.password", "ssl.keyStore.passwordPath",
        "ssl.trustStore.location", "ssl.trustStore.password", "ssl.trustStore.passwordPath", "ssl.clientAuth", "clustering", "clustering.connectionString",
    };
}

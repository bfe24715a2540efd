using System.Globalization;
using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Silo.Endpoint;

namespace GrainKeeper.Silo.Configuration;

/// <summary>Makes a <see cref="ServerConfiguration"/> from a zoo.cfg, .NET configuration, the environment and the command line.</summary>
public static class ServerConfigurationLoader
{
    private const int MaxPeriod = 3_600_000;

    // A transaction of 32 MiB is the largest that is logged, and it holds a request's data and more.
    private const int MaxFrame = (32 * 1024 * 1024) - (64 * 1024);

    /// <summary>Loads and checks everything.</summary>
    /// <param name="request">Where to look.</param>
    /// <exception cref="ConfigurationException">There are errors; all of them are in it, and the warnings too.</exception>
    public static ServerConfiguration Load(ConfigurationRequest request)
    {
        var problems = new List<ConfigurationProblem>();
        var settings = SettingSet.Collect(request, problems);
        problems.AddRange(settings.Select(KeyCatalogue.Judge).OfType<ConfigurationProblem>());
        var values = new ValueReader(settings, problems);
        var configuration = Read(values);
        if (configuration is null || problems.Exists(p => p.IsError))
        {
            throw new ConfigurationException(problems);
        }

        return configuration with { Warnings = problems };
    }

    private static ServerConfiguration? Read(ValueReader values)
    {
        var clusterId = ReadClusterId(values);
        var (data, logs) = ReadDirectories(values);
        var servers = EnsembleReader.ReadServers(values);
        var self = EnsembleReader.ReadSelf(values, servers, data);
        var (secret, guessable) = EnsembleSecret.Read(values, clusterId, servers.Count, data);
        var entry = servers.FirstOrDefault(s => s.Id == self);
        CheckPeerType(values, entry);
        var replica = ReadReplica(values, secret).WithLimits(values);
        var clients = ClientSettingsReader.Read(values, entry);
        var result = new ServerConfiguration
        {
            Self = self ?? default,
            Servers = servers,
            ClusterId = clusterId,
            DataDirectory = data ?? string.Empty,
            LogDirectory = logs ?? string.Empty,
            Secret = secret,
            SecretIsGuessable = guessable,
            Replica = replica,
            ElectionAlgorithm = ReadElectionAlgorithm(values),
            Election = ReadElection(values, secret),
            MaxTrees = values.Int("maxTrees", 256, 1, 10_000, "trees"),
            Transactions = TransactionSettingsReader.Read(values),
            Clients = clients,
            Clustering = ReadClustering(values),
            Databases = DatabaseReader.Read(values),
            PeerTls = PeerTlsReader.Read(values),
            ListenOnAllAddresses = values.Bool("quorumListenOnAllIPs", false),
            ListenSiloPort = values.Port("listen.siloPort"),
            ListenGatewayPort = values.Port("listen.gatewayPort"),
            ShutdownTimeout = values.Int("shutdownTimeout", 10_000, 100, 600_000, "ms"),
            SnapshotsToRetain = ReadRetention(values),
            SegmentBytes = values.Int("log.segmentBytes", 64 * 1024 * 1024, 64 * 1024, 1 << 30, "bytes"),
        };
        CheckOwnPorts(values, entry, result);
        return self is null || data is null ? null : result;
    }

    private static string ReadClusterId(ValueReader values)
    {
        const string Default = "grainkeeper";
        var id = values.Text("clusterId");
        if (id is null)
        {
            return Default;
        }

        if (id.Length <= 64 && id.All(c => c is > ' ' and < (char)127))
        {
            return id;
        }

        values.Error(values.Settings["clusterId"]!, "must be 1 to 64 printable ASCII characters without blanks", "choose a short name such as orders-prod");
        return Default;
    }

    private static (string? Data, string? Logs) ReadDirectories(ValueReader values)
    {
        var data = FullPath(values, "dataDir");
        if (data is null && !values.Has("dataDir"))
        {
            values.Error("dataDir", "no data directory is given", "set dataDir=/var/lib/grainkeeper or another directory that survives restarts");
        }

        var logs = FullPath(values, "dataLogDir") ?? data;
        if (logs is not null && logs != data)
        {
            values.Warn(values.Settings["dataLogDir"]!, "logs and snapshots are kept together, in this directory", "nothing needs to be done");
        }

        if (logs is not null && Directory.Exists(Path.Combine(logs, "version-2")) && !Directory.Exists(Path.Combine(logs, "trees")))
        {
            values.Warn("dataDir", $"{logs} holds data of ZooKeeper (version-2), which is not read: the tree starts empty", "keep the ZooKeeper ensemble until its data is copied over");
        }

        return (data, logs);
    }

    private static string? FullPath(ValueReader values, string key)
    {
        if (values.Text(key) is not { } text)
        {
            return null;
        }

        try
        {
            var full = Path.GetFullPath(text);
            if (!File.Exists(full))
            {
                return full;
            }

            values.Error(values.Settings[key]!, "is a file, not a directory", "give the path of a directory");
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or PathTooLongException)
        {
            values.Error(values.Settings[key]!, $"is no path: {e.Message}", "give the path of a directory");
        }

        return null;
    }

    private static void CheckPeerType(ValueReader values, ServerEntry? entry)
    {
        if (values.Text("peerType") is not { } type || entry is null)
        {
            return;
        }

        if (!ValueReader.TryWord<MemberRole>(type, out var role))
        {
            values.Error(values.Settings["peerType"]!, "must be participant or observer", "write one of these words, or remove the line");
        }
        else if (role != entry.Role)
        {
            values.Warn(values.Settings["peerType"]!, $"differs from server.{entry.Id}, which counts", $"write the role into the line server.{entry.Id} on every server");
        }
    }

    private static ReplicaOptions ReadReplica(ValueReader values, ReadOnlyMemory<byte> secret)
    {
        var tick = values.Int("tickTime", 2_000, 10, MaxPeriod, "ms");
        var least = values.OptionalInt("minSessionTimeout", 1, int.MaxValue, "ms");
        var most = values.OptionalInt("maxSessionTimeout", 1, int.MaxValue, "ms");
        if ((least ?? tick * 2L) > (most ?? tick * 20L))
        {
            var key = values.Settings["minSessionTimeout"] ?? values.Settings["maxSessionTimeout"];
            var what = string.Create(
                CultureInfo.InvariantCulture, $"the smallest session timeout, {least ?? tick * 2L} ms, is above the largest, {most ?? tick * 20L} ms (defaults: 2 and 20 ticks)");
            values.Error(key!, what, "set minSessionTimeout below maxSessionTimeout");
        }

        return new ReplicaOptions
        {
            Zab = ReadZab(values, tick),
            TickTime = tick,
            MinSessionTimeout = least,
            MaxSessionTimeout = most,
            MaxFrame = values.Int("jute.maxbuffer", 0xfffff, 1024, MaxFrame, "bytes"),
            MaxOutstandingRequests = values.Int("globalOutstandingLimit", 10_000, 1, 1_000_000, "requests"),
            TtlNodes = values.Bool("extendedTypesEnabled", true),
            ContainerCheckInterval = values.Int("znode.container.checkIntervalMs", 60_000, 10, MaxPeriod, "ms"),
            ContainerMaxPerCheck = values.Int("znode.container.maxPerMinute", 10_000, 1, 1_000_000, "nodes"),
            Secret = secret,
            SuperDigest = ReadSuperDigest(values),
            SuperCertificate = ReadSuperCertificate(values),
            SkipAcl = values.Bool("skipACL", false),
            Audit = values.Bool("audit.enable", false),
            EnforceQuota = values.Bool("enforceQuota", false),
            Reconfiguration = values.Bool("reconfigEnabled", false),
            ReadOnlyMode = values.Bool("readonlymode.enabled", false),
            SnapshotEvery = values.Int("snapCount", 100_000, 2, 1_000_000_000, "transactions"),
        };
    }

    private static ZabOptions ReadZab(ValueReader values, int tick)
    {
        var defaults = new ZabOptions();
        var sync = Period(values, "syncTimeout", "syncLimit", tick, defaults.SyncTimeout);
        var init = Period(values, "initTimeout", "initLimit", tick, defaults.InitTimeout);
        var heartbeat = values.Int("heartbeatInterval", Math.Clamp(sync / 4, 10, defaults.HeartbeatInterval), 10, 60_000, "ms");
        DemandRoom(values, heartbeat, sync, "sync");
        DemandRoom(values, heartbeat, init, "init");

        return defaults with
        {
            HeartbeatInterval = heartbeat,
            SyncTimeout = sync,
            InitTimeout = init,
            RecentTxns = values.Int("commitLogCount", defaults.RecentTxns, 1, 1_000_000, "transactions"),
        };
    }

    private static void DemandRoom(ValueReader values, int heartbeat, int timeout, string name)
    {
        if (heartbeat * 2L > timeout)
        {
            var key = values.Settings["heartbeatInterval"] ?? values.Settings[name + "Timeout"] ?? values.Settings[name + "Limit"] ?? values.Settings["tickTime"]!;
            values.Error(
                key,
                string.Create(CultureInfo.InvariantCulture, $"a heartbeat every {heartbeat} ms leaves no room for a lost one within the {name} timeout of {timeout} ms"),
                $"make the {name} timeout ({name}Timeout, or {name}Limit × tickTime) at least twice the heartbeat interval");
        }
    }

    // Either directly in milliseconds, or ZooKeeper's number of ticks; our defaults are shorter than any zoo.cfg's.
    private static int Period(ValueReader values, string direct, string limit, int tick, int fallback)
    {
        var ms = values.OptionalInt(direct, 20, MaxPeriod, "ms");
        var ticks = values.OptionalInt(limit, 1, 1_000_000, "ticks");
        if (ms is not null)
        {
            return ms.Value;
        }

        if (ticks is null)
        {
            return fallback;
        }

        var product = (long)ticks.Value * tick;
        if (product is < 20 or > MaxPeriod)
        {
            values.Error(
                values.Settings[limit]!,
                string.Create(CultureInfo.InvariantCulture, $"{limit} × tickTime is {product} ms; allowed are 20 to {MaxPeriod} ms"),
                $"correct {limit} or tickTime");
            return fallback;
        }

        return (int)product;
    }

    private static string? ReadSuperDigest(ValueReader values)
    {
        const string Key = "DigestAuthenticationProvider.superDigest";
        if (values.Text(Key) is not { } digest)
        {
            return null;
        }

        var colon = digest.IndexOf(':', StringComparison.Ordinal);
        Span<byte> hash = stackalloc byte[32];
        if (colon > 0 && Convert.TryFromBase64String(digest[(colon + 1)..], hash, out var length) && length == 20)
        {
            return digest;
        }

        values.Error(values.Settings[Key]!, "is not of the form user:base64(sha1(user:password))", "make it with ZooKeeper's DigestAuthenticationProvider, or remove the line");
        return null;
    }

    private static string? ReadSuperCertificate(ValueReader values)
    {
        const string Key = "X509AuthenticationProvider.superUser";
        if (values.Text(Key) is not { } subject || DistinguishedName.IsOne(subject))
        {
            return values.Text(Key);
        }

        values.Error(
            Key, "is not a subject as certificates' are written here: RFC 2253, most specific part first, types in capitals, no blanks between parts", "write for example CN=admin,O=Beans,C=DE");
        return null;
    }

    private static ElectionOptions ReadElection(ValueReader values, ReadOnlyMemory<byte> secret)
    {
        var defaults = new ElectionOptions();
        var least = values.Int("fastleader.minNotificationInterval", defaults.ResendMin, 1, 60_000, "ms");
        var most = values.Int("fastleader.maxNotificationInterval", defaults.ResendMax, 1, MaxPeriod, "ms");
        var wait = values.Int("electionFinalizeWait", Math.Min(defaults.FinalizeWait, least), 0, 60_000, "ms");
        if (most < least)
        {
            values.Error(
                values.Settings["fastleader.maxNotificationInterval"] ?? values.Settings["fastleader.minNotificationInterval"]!,
                string.Create(CultureInfo.InvariantCulture, $"the largest interval, {most} ms, is below the smallest, {least} ms"),
                "set fastleader.maxNotificationInterval above fastleader.minNotificationInterval");
            most = least;
        }

        if (wait > least)
        {
            values.Error(
                values.Settings["electionFinalizeWait"]!,
                string.Create(CultureInfo.InvariantCulture, $"{wait} ms is above fastleader.minNotificationInterval, {least} ms"),
                "choose a smaller number");
            wait = least;
        }

        return defaults with { ResendMin = least, ResendMax = most, FinalizeWait = wait, Secret = secret };
    }

    private static int ReadElectionAlgorithm(ValueReader values)
    {
        var algorithm = values.Int("electionAlg", 3, 0, 3, "(0 = LeaderElection, 2 = AuthFastLeaderElection, 3 = FastLeaderElection)");
        if (algorithm == 1)
        {
            values.Error(values.Settings["electionAlg"]!, "algorithm 1 (FastLeaderElection over UDP) does not exist here", "use 0, 2 or 3; 3 is the default");
        }

        return algorithm;
    }

    private static int ReadRetention(ValueReader values)
    {
        var count = values.Int("autopurge.snapRetainCount", 3, 1, 1_000, "snapshots");
        if (count < 3)
        {
            values.Warn(values.Settings["autopurge.snapRetainCount"]!, "raised to 3, the least that is safe", "write 3 or more");
        }

        var interval = values.OptionalInt("autopurge.purgeInterval", 0, 1_000_000, "hours");
        if (interval is not null)
        {
            values.Warn(values.Settings["autopurge.purgeInterval"]!, "old snapshots and logs are purged whenever a snapshot is complete, whatever the interval", "nothing needs to be done");
        }

        return Math.Max(3, count);
    }

    private static ClusteringOptions ReadClustering(ValueReader values)
    {
        var connection = values.Text("clustering.connectionString");
        var text = values.Text("clustering") ?? nameof(ClusteringKind.Static);
        if (!ValueReader.TryWord<ClusteringKind>(text, out var kind))
        {
            values.Error(values.Settings["clustering"]!, "must be static, postgres or redis", "write one of these words, or remove the line to get static");
            return new ClusteringOptions(ClusteringKind.Static);
        }

        if (kind == ClusteringKind.Static)
        {
            if (connection is not null)
            {
                values.Warn(values.Settings["clustering.connectionString"]!, "has no effect with clustering=static", "remove the line or set clustering=postgres or redis");
            }

            return new ClusteringOptions(kind);
        }

        if (connection is null)
        {
            values.Error(values.Settings["clustering"]!, "needs clustering.connectionString", kind == ClusteringKind.Redis ? "set it to host:6379" : "set it to Host=…;Database=…;Username=…;Password=…");
        }
        else if (ClusteringConnection.Check(kind, connection) is { } wrong)
        {
            values.Error(values.Settings["clustering.connectionString"]!, wrong, "correct the connection string");
        }

        return new ClusteringOptions(kind, connection);
    }

    private static void CheckOwnPorts(ValueReader values, ServerEntry? entry, ServerConfiguration configuration)
    {
        if (entry is null)
        {
            return;
        }

        var clients = configuration.Clients;
        var taken = new Dictionary<int, string> { [configuration.ListenSiloPort ?? entry.SiloPort] = "the silo port" };
        foreach (var (port, key) in new[]
        {
            (configuration.ListenGatewayPort ?? entry.GatewayPort, "listen.gatewayPort"), (clients.ClientPort, "clientPort"),
            (clients.SecureClientPort, "secureClientPort"), (clients.AdminPort, "admin.serverPort"),
        })
        {
            if (port is { } number && !taken.TryAdd(number, key))
            {
                values.Error(key, string.Create(CultureInfo.InvariantCulture, $"port {number} is also {taken[number]} of this server"), "give each its own port");
            }
        }
    }
}

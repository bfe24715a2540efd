using System.Globalization;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Grains.Connections;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>What a server says of itself: <c>srvr</c>, <c>stat</c>, <c>conf</c>, <c>dirs</c>.</summary>
internal static class ServerText
{
    public static string Server(ReplicaView view, ServerConfiguration server, EndpointStatistics statistics, bool readOnly, string clients)
    {
        var latency = statistics.Latency;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Zookeeper version: {EnvironmentText.Version}\n");
        if (readOnly)
        {
            text.Append("READ-ONLY mode; serving only read-only clients\n");
        }

        text.Append(clients);
        text.Append(CultureInfo.InvariantCulture, $"Latency min/avg/max: {latency.Min}/{Mean(latency)}/{latency.Max}\n");
        text.Append(CultureInfo.InvariantCulture, $"Received: {statistics.Received}\n");
        text.Append(CultureInfo.InvariantCulture, $"Sent: {statistics.Sent}\n");
        text.Append(CultureInfo.InvariantCulture, $"Connections: {statistics.OpenCount}\n");
        text.Append(CultureInfo.InvariantCulture, $"Outstanding: {view.Status.Outstanding}\n");
        text.Append(CultureInfo.InvariantCulture, $"Zxid: 0x{view.Status.LastApplied.Value:x}\n");
        text.Append(CultureInfo.InvariantCulture, $"Mode: {Mode(view, server, readOnly)}\n");
        text.Append(CultureInfo.InvariantCulture, $"Node count: {view.Status.Nodes}\n");
        if (view.Report.Leader is { } leader && server.Servers.Count > 1)
        {
            text.Append(CultureInfo.InvariantCulture, $"Proposal sizes last/min/max: {leader.LastProposalBytes}/{leader.MinProposalBytes}/{leader.MaxProposalBytes}\n");
        }

        return text.ToString();
    }

    /// <summary>ZooKeeper's word for what the server is: a server alone is standalone.</summary>
    public static string Mode(ReplicaView view, ServerConfiguration server, bool readOnly) => readOnly ? "read-only" : view.Status.Role switch
    {
        ZabRole.Leading => server.Servers.Count == 1 ? "standalone" : "leader",
        ZabRole.Observing => "observer",
        _ => "follower",
    };

    /// <summary>A mean with up to four digits after the point, and at least one.</summary>
    public static string Mean(LatencyRange latency) => latency.Average.ToString("0.0###", CultureInfo.InvariantCulture);

    public static string Configuration(ServerConfiguration server)
    {
        var replica = server.Replica;
        var own = server.SelfEntry;
        var size = SizeOf(server.LogDirectory);
        (string Key, object Value)[] lines =
        [
            ("clientPort", server.Clients.ClientPort ?? -1),
            ("secureClientPort", server.Clients.SecureClientPort ?? -1),
            ("dataDir", server.LogDirectory),
            ("dataDirSize", size),
            ("dataLogDir", server.LogDirectory),
            ("dataLogSize", size),
            ("tickTime", replica.TickTime),
            ("maxClientCnxns", server.Clients.MaxConnectionsPerAddress),
            ("minSessionTimeout", replica.MinSessionTimeout ?? replica.TickTime * 2),
            ("maxSessionTimeout", replica.MaxSessionTimeout ?? replica.TickTime * 20),
            ("clientPortListenBacklog", -1),
            ("serverId", server.Self.Value),
            ("initLimit", Ticks(replica.Zab.InitTimeout, replica.TickTime)),
            ("syncLimit", Ticks(replica.Zab.SyncTimeout, replica.TickTime)),
            ("electionAlg", server.ElectionAlgorithm),
            ("electionPort", own.GatewayPort),
            ("quorumPort", own.SiloPort),
            ("peerType", own.Role == MemberRole.Observer ? 1 : 0),
        ];
        var text = new StringBuilder();
        foreach (var (key, value) in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"{key}={value}\n");
        }

        return text.Append("membership: \n").Append(MembershipText.Of(server.Servers)).Append('\n').ToString();
    }

    public static string Directories(ServerConfiguration server)
    {
        var size = SizeOf(server.LogDirectory);
        return string.Create(CultureInfo.InvariantCulture, $"datadir_size: {size}\nlogdir_size: {size}\n");
    }

    private static int Ticks(int milliseconds, int tick) => (milliseconds + tick - 1) / tick;

    private static long SizeOf(string directory)
    {
        try
        {
            return new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(LengthOf);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return -1;
        }
    }

    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            // Purged in the meantime.
            return 0;
        }
    }
}

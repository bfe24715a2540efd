using System.Globalization;
using System.Text;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Contracts.Trees;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>ZooKeeper's four-letter words, with its field names, so that monitoring scripts and load balancers go on working.</summary>
internal sealed class FourLetterWords(ClientEndpointOptions options, EndpointStatistics statistics, IGrainFactory grains, ServerId self)
{
    private static readonly string Version = typeof(FourLetterWords).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>The answer to a word, ready to send.</summary>
    public async Task<string> AnswerAsync(string word, CancellationToken cancellationToken)
    {
        if (!options.Allows(word))
        {
            return $"{word} is not executed because it is not in the whitelist.\n";
        }

        if (word == "ruok")
        {
            return "imok";
        }

        if (word == "envi")
        {
            return Environment();
        }

        if (word == "srst")
        {
            statistics.Reset();
            return "Server stats reset.\n";
        }

        var status = await grains.GetGrain<IZNodeTreeGrain>(new ServerGrainKey("root", self).ToString())
            .GetStatus().WaitAsync(TimeSpan.FromSeconds(2), cancellationToken).ConfigureAwait(false);
        if (word == "isro")
        {
            return status.Phase == ServerPhase.Broadcast ? "rw" : "null";
        }

        if (status.Phase != ServerPhase.Broadcast)
        {
            return "This ZooKeeper instance is not currently serving requests\n";
        }

        return word switch
        {
            "srvr" or "stat" => Server(status),
            "mntr" => Monitor(status),
            _ => $"{word} is not known to this server.\n",
        };
    }

    private static string Environment() =>
        "Environment:\n"
        + $"zookeeper.version=3.8.0-GrainKeeper-{Version}, built on -\n"
        + $"host.name={System.Environment.MachineName}\n"
        + $"os.name={System.Runtime.InteropServices.RuntimeInformation.OSDescription}\n"
        + $"os.arch={System.Runtime.InteropServices.RuntimeInformation.OSArchitecture}\n";

    private string Server(ServerStatus status)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Zookeeper version: 3.8.0-GrainKeeper-{Version}, built on -\n");
        text.Append("Latency min/avg/max: 0/0.0/0\n");
        text.Append(CultureInfo.InvariantCulture, $"Received: {statistics.Received}\n");
        text.Append(CultureInfo.InvariantCulture, $"Sent: {statistics.Sent}\n");
        text.Append(CultureInfo.InvariantCulture, $"Connections: {status.Connections}\n");
        text.Append(CultureInfo.InvariantCulture, $"Outstanding: {status.Outstanding}\n");
        text.Append(CultureInfo.InvariantCulture, $"Zxid: 0x{status.LastZxid:x}\n");
        text.Append(CultureInfo.InvariantCulture, $"Mode: {Mode(status)}\n");
        text.Append(CultureInfo.InvariantCulture, $"Node count: {status.Nodes}\n");
        return text.ToString();
    }

    private string Monitor(ServerStatus status)
    {
        var text = new StringBuilder();
        void Line(string key, object value) => text.Append(CultureInfo.InvariantCulture, $"zk_{key}\t{value}\n");
        Line("version", $"3.8.0-GrainKeeper-{Version}, built on -");
        Line("server_state", Mode(status));
        Line("packets_received", statistics.Received);
        Line("packets_sent", statistics.Sent);
        Line("num_alive_connections", status.Connections);
        Line("outstanding_requests", status.Outstanding);
        Line("znode_count", status.Nodes);
        Line("watch_count", status.Watches);
        Line("global_sessions", status.Sessions);
        return text.ToString();
    }

    private static string Mode(ServerStatus status) => status.Role switch
    {
        ServerRole.Leading => "leader",
        ServerRole.Observing => "observer",
        _ => "follower",
    };
}

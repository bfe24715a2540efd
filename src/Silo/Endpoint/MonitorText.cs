using System.Globalization;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Grains.Connections;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>What <c>mntr</c> says: ZooKeeper's names, for those of its figures that have a meaning here.</summary>
internal static class MonitorText
{
    public static string Make(ReplicaView view, ServerConfiguration server, EndpointStatistics statistics, bool readOnly)
    {
        var text = new StringBuilder();
        void Line(string key, object value) => text.Append(CultureInfo.InvariantCulture, $"zk_{key}\t{value}\n");
        var status = view.Status;
        var latency = statistics.Latency;
        var response = statistics.ResponseSizes;
        Line("version", EnvironmentText.Version);
        Line("server_state", ServerText.Mode(view, server, readOnly));
        Line("peer_state", PeerState(status.Role, status.Phase));
        Line("ephemerals_count", status.Ephemerals);
        Line("min_latency", latency.Min);
        Line("avg_latency", ServerText.Mean(latency));
        Line("max_latency", latency.Max);
        Line("num_alive_connections", statistics.OpenCount);
        Line("outstanding_requests", status.Outstanding);
        Line("znode_count", status.Nodes);
        Line("global_sessions", status.Sessions);
        Line("local_sessions", 0);
        Line("last_client_response_size", response.Last);
        Line("min_client_response_size", response.Min);
        Line("max_client_response_size", response.Max);
        Line("packets_sent", statistics.Sent);
        Line("packets_received", statistics.Received);
        Line("bytes_received_count", statistics.ReceivedBytes);
        Line("response_bytes", statistics.SentBytes);
        Line("watch_count", view.Report.TotalWatches);
        Line("auth_failed_count", statistics.AuthFailures);
        Line("connection_rejected", statistics.Rejected);
        Line("sessionless_connections_expired", statistics.SessionlessExpired);
        Line("approximate_data_size", status.DataBytes);
        if (FileDescriptors() is var (open, most))
        {
            Line("open_file_descriptor_count", open);
            Line("max_file_descriptor_count", most);
        }

        Line("uptime", Environment.TickCount64 - statistics.Since);
        Line("quorum_size", server.Servers.Count(s => s.Role == MemberRole.Participant));
        if (view.Report.Leader is { } leader)
        {
            Line("leader_uptime", Environment.TickCount64 - leader.LeadingSince);
            Line("learners", leader.SyncedFollowers + leader.SyncedObservers);
            Line("synced_followers", leader.SyncedFollowers);
            Line("synced_non_voting_followers", 0);
            Line("synced_observers", leader.SyncedObservers);
            Line("pending_syncs", 0);
            Line("proposal_count", leader.Proposals);
            Line("last_proposal_size", leader.LastProposalBytes);
            Line("min_proposal_size", leader.MinProposalBytes);
            Line("max_proposal_size", leader.MaxProposalBytes);
        }

        return text.ToString();
    }

    private static string PeerState(ZabRole role, ZabPhase phase) => role switch
    {
        ZabRole.Leading => "leading - ",
        ZabRole.Following => "following - ",
        ZabRole.Observing => "observing - ",
        _ => "looking - ",
    } + phase switch
    {
        ZabPhase.Election => "election",
        ZabPhase.Discovery => "discovery",
        ZabPhase.Synchronization => "synchronization",
        _ => "broadcast",
    };

    private static (int Open, long Most)? FileDescriptors()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            var limits = File.ReadLines("/proc/self/limits").First(l => l.StartsWith("Max open files", StringComparison.Ordinal));
            var soft = limits["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
            return (Directory.GetFiles("/proc/self/fd").Length, soft == "unlimited" ? -1 : long.Parse(soft, CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }
    }
}

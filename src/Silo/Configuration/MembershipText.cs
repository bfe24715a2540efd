using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Silo.Configuration;

/// <summary>The server list in ZooKeeper's notation, as <c>/zookeeper/config</c> and <c>conf</c> give it.</summary>
internal static class MembershipText
{
    /// <summary>One line for each server, and no version.</summary>
    public static string Of(IReadOnlyList<ServerEntry> servers) => string.Join('\n', servers.OrderBy(s => s.Id.Value).Select(Line));

    private static string Line(ServerEntry server)
    {
        var role = server.Role == MemberRole.Observer ? "observer" : "participant";
        var client = server.ClientPort is { } port ? $";{Bracketed(server.ClientAddress ?? "0.0.0.0")}:{port}" : string.Empty;
        return $"server.{server.Id}={Bracketed(server.Host)}:{server.SiloPort}:{server.GatewayPort}:{role}{client}";
    }

    private static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
}

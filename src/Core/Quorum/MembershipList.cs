namespace GrainKeeper.Core.Quorum;

/// <summary>The servers of an ensemble with their addresses, and the reconfiguration that put them in force.</summary>
/// <param name="Version">The zxid of the reconfiguration; <see cref="Zxid.Zero"/> for a list from files.</param>
/// <param name="Servers">All of them, by id.</param>
public sealed record MembershipList(Zxid Version, IReadOnlyList<ServerEntry> Servers)
{
    /// <summary>The quorum rules of the list.</summary>
    /// <exception cref="ArgumentException">No quorum could ever form, or only some participants have a group.</exception>
    public QuorumConfiguration ToQuorum() => new(Version, Servers.Select(s => new Member(s.Id, s.Role, s.Weight, s.Group)));

    /// <summary>The server of that number, or null.</summary>
    public ServerEntry? Find(ServerId id) => Servers.FirstOrDefault(s => s.Id == id);

    /// <summary>Two servers that claim one port of one machine, or null.</summary>
    /// <remarks>The second could not start, and the first would answer in its name.</remarks>
    public string? FindSharedPort()
    {
        var taken = new Dictionary<(string Host, int Port), ServerId>();
        foreach (var server in Servers)
        {
            var host = server.HasWildcardHost ? $"wildcard of {server.Id}" : server.Host.ToUpperInvariant();
            List<(string Host, int Port)> claims = [(host, server.SiloPort), (host, server.GatewayPort)];
            if (server.ClientPort is { } client)
            {
                claims.Add((server.ClientAddress is { } address && address != "0.0.0.0" ? address.ToUpperInvariant() : host, client));
            }

            foreach (var claim in claims)
            {
                if (!taken.TryAdd(claim, server.Id))
                {
                    return $"port {claim.Port} of {server.Host} is claimed by server {taken[claim]} and server {server.Id}";
                }
            }
        }

        return null;
    }
}

namespace GrainKeeper.Core.Quorum;

/// <summary>One <c>server.N</c> line.</summary>
/// <param name="Id">N.</param>
/// <param name="Host">Name or address at which the other servers reach it. <c>0.0.0.0</c> is allowed for a server's own line only.</param>
/// <param name="SiloPort">Port for the other silos (the first port, ZooKeeper's quorum port), 1 to 65,535.</param>
/// <param name="GatewayPort">Port for native clients (the second port, ZooKeeper's election port), 1 to 65,535.</param>
/// <param name="Role">Whether it votes.</param>
/// <param name="Weight"><c>weight.N</c>, 0 to 1,000; default 1.</param>
/// <param name="Group">The group that lists it in <c>group.N</c>, or null.</param>
/// <param name="ClientAddress">Address of its ZooKeeper port when the line names one, or null.</param>
/// <param name="ClientPort">Its ZooKeeper port when the line names one, or null.</param>
public sealed record ServerEntry(
    ServerId Id,
    string Host,
    int SiloPort,
    int GatewayPort,
    MemberRole Role = MemberRole.Participant,
    int Weight = 1,
    int? Group = null,
    string? ClientAddress = null,
    int? ClientPort = null)
{
    /// <summary>Whether the host is the wildcard address, which says where to listen but not where to be reached.</summary>
    public bool HasWildcardHost => Host is "0.0.0.0" or "::" or "*";

    /// <summary>The line's value as a zoo.cfg writes it.</summary>
    public override string ToString()
    {
        var role = Role == MemberRole.Observer ? ":observer" : string.Empty;
        var client = ClientPort is null ? string.Empty : ClientAddress is null ? $";{ClientPort}" : $";{Bracketed(ClientAddress)}:{ClientPort}";
        return $"{Bracketed(Host)}:{SiloPort}:{GatewayPort}{role}{client}";
    }

    private static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
}

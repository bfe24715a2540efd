using System.Collections.Frozen;

namespace GrainKeeper.Silo.Configuration;

/// <summary>Where and under which limits a server answers ZooKeeper clients and administrators.</summary>
public sealed record ClientSettings
{
    /// <summary>The ZooKeeper port (<c>clientPort</c>), or null when the server has none.</summary>
    public int? ClientPort { get; init; }

    /// <summary>The address it listens on (<c>clientPortAddress</c>), or null for all.</summary>
    public string? ClientAddress { get; init; }

    /// <summary>The ZooKeeper port with TLS (<c>secureClientPort</c>), or null when the server has none.</summary>
    public int? SecureClientPort { get; init; }

    /// <summary>The address it listens on (<c>secureClientPortAddress</c>), or null for all.</summary>
    public string? SecureClientAddress { get; init; }

    /// <summary>Certificates of that port (<c>ssl.…</c>); null without the port.</summary>
    public ClientTlsOptions? Tls { get; init; }

    /// <summary>How long a connection may be without a session, in ms (<c>nio.sessionlessCnxnTimeout</c>). 100 to 600,000; default 10,000.</summary>
    public int HandshakeTimeout { get; init; } = 10_000;

    /// <summary>Connections allowed from one address (<c>maxClientCnxns</c>); 0 = no limit. Default 60.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 60;

    /// <summary>Connections allowed in all (<c>maxCnxns</c>); 0 = no limit, the default.</summary>
    public int MaxConnections { get; init; }

    /// <summary>Four-letter words that are answered (<c>4lw.commands.whitelist</c>); <c>*</c> = all. Default <c>srvr</c>.</summary>
    public FrozenSet<string> FourLetterWords { get; init; } = FrozenSet.Create("srvr");

    /// <summary>The admin HTTP port (<c>admin.serverPort</c>), or null when it is off (<c>admin.enableServer=false</c>). Default 8,080.</summary>
    public int? AdminPort { get; init; } = 8080;

    /// <summary>The address of the admin port (<c>admin.serverAddress</c>), or null for all.</summary>
    public string? AdminAddress { get; init; }
}

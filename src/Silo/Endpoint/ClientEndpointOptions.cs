using System.Net;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>Limits of the ZooKeeper client ports.</summary>
public sealed record ClientEndpointOptions
{
    /// <summary>Where to listen (<c>clientPortAddress</c>). Default: all addresses.</summary>
    public IPAddress Address { get; init; } = IPAddress.Any;

    /// <summary>The port (<c>clientPort</c>), 1 to 65,535; 0 lets the system choose. Null: no clients without TLS.</summary>
    public int? Port { get; init; }

    /// <summary>Where to listen for clients with TLS (<c>secureClientPortAddress</c>). Default: all addresses.</summary>
    public IPAddress SecureAddress { get; init; } = IPAddress.Any;

    /// <summary>The port for clients with TLS (<c>secureClientPort</c>). Null: none.</summary>
    public int? SecurePort { get; init; }

    /// <summary>Certificates of the port for clients with TLS; needed with it.</summary>
    public ClientTlsOptions? Tls { get; init; }

    /// <summary>Most connections from one address (<c>maxClientCnxns</c>); 0 = no limit. Default 60.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 60;

    /// <summary>Most connections in all (<c>maxCnxns</c>); 0 = no limit. Default 0.</summary>
    public int MaxConnections { get; init; }

    /// <summary>Most connections that have not yet sent their ConnectRequest or four-letter word; one more is refused. Default 5,000.</summary>
    public int MaxHandshakes { get; init; } = 5_000;

    /// <summary>Largest request frame in bytes (<c>jute.maxbuffer</c>). Default 0xfffff.</summary>
    public int MaxFrame { get; init; } = 0xfffff;

    /// <summary>
    /// How long a new connection may take for TLS and again to send its ConnectRequest or four-letter word, in milliseconds (<c>nio.sessionlessCnxnTimeout</c>).
    /// Default 10,000.
    /// </summary>
    public int HandshakeTimeout { get; init; } = 10_000;

    /// <summary>Bytes of answers that may wait for a client that does not read; then its connection is closed. Default 16 MiB.</summary>
    public int MaxPendingOutput { get; init; } = 16 * 1024 * 1024;

    /// <summary>How long a closed connection may take to read its last answers before it is reset, in milliseconds. Default 2,000.</summary>
    public int LingerTimeout { get; init; } = 2_000;

    /// <summary>The four-letter words that are answered (<c>4lw.commands.whitelist</c>); <c>*</c> stands for all. Default <c>srvr</c>.</summary>
    public IReadOnlySet<string> FourLetterWords { get; init; } = new HashSet<string>(StringComparer.Ordinal) { "srvr" };

    /// <summary>Whether the word may be answered.</summary>
    public bool Allows(string word) => FourLetterWords.Contains("*") || FourLetterWords.Contains(word);
}

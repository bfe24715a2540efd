using System.Net;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>Limits of the ZooKeeper client port.</summary>
public sealed record ClientEndpointOptions
{
    /// <summary>Where to listen (<c>clientPortAddress</c>). Default: all addresses.</summary>
    public IPAddress Address { get; init; } = IPAddress.Any;

    /// <summary>The port (<c>clientPort</c>), 1 to 65,535; 0 lets the system choose. Null: no ZooKeeper clients.</summary>
    public int? Port { get; init; }

    /// <summary>Most connections from one address (<c>maxClientCnxns</c>); 0 = no limit. Default 60.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 60;

    /// <summary>Most connections in all (<c>maxCnxns</c>); 0 = no limit. Default 0.</summary>
    public int MaxConnections { get; init; }

    /// <summary>Largest request frame in bytes (<c>jute.maxbuffer</c>). Default 0xfffff.</summary>
    public int MaxFrame { get; init; } = 0xfffff;

    /// <summary>How long a new connection may take to send its ConnectRequest or four-letter word, in milliseconds. Default 10,000.</summary>
    public int HandshakeTimeout { get; init; } = 10_000;

    /// <summary>Bytes of answers that may wait for a client that does not read; then its connection is closed. Default 16 MiB.</summary>
    public int MaxPendingOutput { get; init; } = 16 * 1024 * 1024;

    /// <summary>The four-letter words that are answered (<c>4lw.commands.whitelist</c>); <c>*</c> stands for all. Default <c>srvr</c>.</summary>
    public IReadOnlySet<string> FourLetterWords { get; init; } = new HashSet<string>(StringComparer.Ordinal) { "srvr" };

    /// <summary>Whether the word may be answered.</summary>
    public bool Allows(string word) => FourLetterWords.Contains("*") || FourLetterWords.Contains(word);
}

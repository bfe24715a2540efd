using System.Globalization;
using System.Text;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Client;

/// <summary>
/// <c>host:port,host:port/chroot</c>: servers to try, and the node that the client sees as <c>/</c>. An IPv6 address stands in brackets.
/// </summary>
/// <param name="Servers">The servers in the order given; at least one, none twice.</param>
/// <param name="Chroot">The node, or an empty text for the whole tree.</param>
public sealed record ConnectString(IReadOnlyList<ServerEndpoint> Servers, string Chroot)
{
    /// <summary>The port taken where none is given: the gateway port of a server without a configuration of its own.</summary>
    public const int DefaultPort = 3888;

    /// <summary>Most servers that may be listed.</summary>
    public const int MaxServers = 255;

    /// <summary>Takes the text apart.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is no such text; the message names the part that is wrong, and the form expected.</exception>
    public static ConnectString Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var chroot = slash < 0 ? string.Empty : ParseChroot(text[slash..]);
        var servers = new List<ServerEndpoint>();
        foreach (var part in (slash < 0 ? text : text[..slash]).Split(','))
        {
            var server = ParseServer(part.Trim());
            if (servers.Contains(server))
            {
                throw new FormatException($"server '{server}' is listed twice: list each server once");
            }

            servers.Add(server);
        }

        return servers.Count <= MaxServers
            ? new ConnectString(servers, chroot)
            : throw new FormatException($"{servers.Count} servers are listed, at most {MaxServers} are allowed");
    }

    /// <summary>The text of which <see cref="Parse"/> makes the same.</summary>
    public override string ToString() => string.Join(',', Servers) + Chroot;

    private static string ParseChroot(string text)
    {
        if (text == "/")
        {
            return string.Empty;
        }

        var problem = PathValidator.Check(Encoding.UTF8.GetBytes(text));
        return problem.IsNone ? text : throw new FormatException($"chroot '{text}': {problem}");
    }

    private static ServerEndpoint ParseServer(string text)
    {
        var (host, rest) = SplitHost(text);
        if (host.Length == 0 || host.Any(char.IsWhiteSpace))
        {
            throw new FormatException($"'{text}' names no host: write host:port, for example localhost:{DefaultPort}");
        }

        if (rest is null)
        {
            return new ServerEndpoint(host, DefaultPort);
        }

        return int.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65_535
            ? new ServerEndpoint(host, port)
            : throw new FormatException($"'{rest}' in '{text}' is no port: write a number of 1 to 65535, the server's gateway port");
    }

    private static (string Host, string? Port) SplitHost(string text)
    {
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || (end + 1 < text.Length && text[end + 1] != ':'))
            {
                throw new FormatException($"'{text}' is no server: write an IPv6 address as [address]:port");
            }

            return (text[1..end], end + 1 == text.Length ? null : text[(end + 2)..]);
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon != text.LastIndexOf(':'))
        {
            throw new FormatException($"'{text}' is no server: write host:port, or an IPv6 address as [address]:port");
        }

        return colon < 0 ? (text, null) : (text[..colon], text[(colon + 1)..]);
    }
}

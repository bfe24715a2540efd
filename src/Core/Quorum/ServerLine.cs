using System.Globalization;

namespace GrainKeeper.Core.Quorum;

/// <summary>Parses the value of <c>server.N</c>: <c>host:siloPort:gatewayPort[:participant|observer][;[clientHost:]clientPort]</c>.</summary>
public static class ServerLine
{
    /// <summary>The form, for messages.</summary>
    public const string Form = "host:siloPort:gatewayPort[:participant|observer][;[clientHost:]clientPort]";

    /// <summary>Reads a line's value.</summary>
    /// <param name="id">The server's number.</param>
    /// <param name="text">What follows the equals sign.</param>
    /// <param name="wrong">What is wrong, or null.</param>
    /// <returns>The server, or null and what is wrong.</returns>
    public static ServerEntry? Parse(ServerId id, string text, out string? wrong)
    {
        wrong = null;
        if (text.Contains('|', StringComparison.Ordinal))
        {
            wrong = "several addresses for one server (|) are not supported";
            return null;
        }

        var parts = text.Split(';');
        if (parts.Length > 2)
        {
            wrong = "more than one ';'";
            return null;
        }

        if (!TrySplitHost(parts[0], out var host, out var rest))
        {
            wrong = "the host is missing, or a '[' of an IPv6 address has no ']'";
            return null;
        }

        var fields = rest.Split(':');
        if (fields.Length is < 2 or > 3)
        {
            wrong = $"after the host two ports and at most a role are expected, not {fields.Length} fields";
            return null;
        }

        if (!TryPort(fields[0], out var silo) || !TryPort(fields[1], out var gateway))
        {
            wrong = $"port '{(TryPort(fields[0], out _) ? fields[1] : fields[0])}' is not a number of 1 to 65535";
            return null;
        }

        var role = MemberRole.Participant;
        if (fields.Length == 3 && !TryRole(fields[2], out role))
        {
            wrong = $"role '{fields[2]}' is neither participant nor observer";
            return null;
        }

        string? clientAddress = null;
        int? clientPort = null;
        if (parts.Length == 2 && !TryClient(parts[1].Trim(), out clientAddress, out clientPort))
        {
            wrong = $"'{parts[1]}' after the ';' is not [host:]clientPort with a port of 1 to 65535";
            return null;
        }

        return new ServerEntry(id, host, silo, gateway, role, ClientAddress: clientAddress, ClientPort: clientPort);
    }

    private static bool TrySplitHost(string text, out string host, out string rest)
    {
        (host, rest) = (string.Empty, string.Empty);
        text = text.Trim();
        int end;
        if (text.StartsWith('['))
        {
            end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 2 || end + 1 >= text.Length || text[end + 1] != ':')
            {
                return false;
            }

            (host, rest) = (text[1..end], text[(end + 2)..]);
            return IsHost(host);
        }

        end = text.IndexOf(':', StringComparison.Ordinal);
        if (end < 1)
        {
            return false;
        }

        (host, rest) = (text[..end].Trim(), text[(end + 1)..]);
        return IsHost(host);
    }

    private static bool IsHost(string text) => text.Length is > 0 and <= 253 && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '=');

    private static bool TryPort(string text, out int port) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65_535;

    private static bool TryRole(string text, out MemberRole role)
    {
        text = text.Trim();
        role = text.Equals("observer", StringComparison.OrdinalIgnoreCase) ? MemberRole.Observer : MemberRole.Participant;
        return role == MemberRole.Observer || text.Equals("participant", StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryClient(string text, out string? address, out int? port)
    {
        (address, port) = (null, null);
        var digits = text;
        if (text.LastIndexOf(':') is var colon and >= 0)
        {
            address = text[..colon].Trim('[', ']');
            digits = text[(colon + 1)..];
            if (!IsHost(address))
            {
                return false;
            }
        }

        if (!TryPort(digits, out var value))
        {
            return false;
        }

        port = value;
        return true;
    }
}

using System.Globalization;

namespace GrainKeeper.Core.Quorum;

/// <summary>The server list in ZooKeeper's notation, as <c>/zookeeper/config</c>, <c>conf</c> and the file of the last reconfiguration give it.</summary>
public static class MembershipText
{
    /// <summary>Longest text that a reconfiguration may make, in bytes.</summary>
    public const int MaxBytes = 32_000;

    /// <summary>One line for each server, then groups and weights where they are used, and no version.</summary>
    public static string Of(IReadOnlyList<ServerEntry> servers)
    {
        var ordered = servers.OrderBy(s => s.Id).ToList();
        var lines = ordered.Select(Line);
        var groups = ordered.Where(s => s.Group is not null).GroupBy(s => s.Group!.Value).OrderBy(g => g.Key)
            .Select(g => string.Create(CultureInfo.InvariantCulture, $"group.{g.Key}={string.Join(':', g.Select(s => s.Id))}"));
        var weights = ordered.Where(s => s.Weight != 1).Select(s => string.Create(CultureInfo.InvariantCulture, $"weight.{s.Id}={s.Weight}"));
        return string.Join('\n', lines.Concat(groups).Concat(weights));
    }

    /// <summary>The same, with the version as last line.</summary>
    public static string Of(IReadOnlyList<ServerEntry> servers, Zxid version) =>
        string.Create(CultureInfo.InvariantCulture, $"{Of(servers)}\nversion={version.Value:x}");

    /// <summary>Reads a server list: lines of server, group, weight and at most one of version, divided by line feeds.</summary>
    /// <param name="text">The text.</param>
    /// <param name="inherited">Servers whose groups and weights stay as they are when the text names none at all.</param>
    /// <exception cref="FormatException">The text is no valid server list; the message says why.</exception>
    public static MembershipList Parse(string text, IReadOnlyList<ServerEntry>? inherited = null)
    {
        var servers = new SortedDictionary<ServerId, ServerEntry>();
        var rules = new List<(string Kind, int Number, string Value)>();
        var version = Zxid.Zero;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? line : line[..equals].TrimEnd();
            var value = equals < 0 ? string.Empty : line[(equals + 1)..].TrimStart();
            if (equals < 0 || !seen.Add(key))
            {
                throw new FormatException(equals < 0 ? $"'{line}' is not of the form key=value" : $"{key} is given twice");
            }

            if (key == "version")
            {
                version = long.TryParse(value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) && number >= 0
                    ? new Zxid(number)
                    : throw new FormatException($"version '{value}' is not a hexadecimal number");
            }
            else if (key.StartsWith("server.", StringComparison.Ordinal))
            {
                var server = ParseServer(key, value);
                servers.Add(server.Id, server);
            }
            else if (NumberedKey(key) is { } rule)
            {
                rules.Add((rule.Kind, rule.Number, value));
            }
            else
            {
                throw new FormatException($"'{key}' is not known here: write server.N, group.N or weight.N");
            }
        }

        Weigh(servers, rules, inherited ?? []);
        return new MembershipList(version, [.. servers.Values]);
    }

    /// <summary>Reads one <c>server.N=…</c>.</summary>
    /// <exception cref="FormatException">It is not of that form; the message says why.</exception>
    public static ServerEntry ParseServer(string key, string value)
    {
        if (!key.StartsWith("server.", StringComparison.Ordinal) || !TryId(key["server.".Length..], out var id))
        {
            throw new FormatException($"'{key}' is not of the form server.N with N of 1 to {ServerId.Max}");
        }

        return ServerLine.Parse(id, value, out var wrong) ?? throw new FormatException($"server.{id}: {wrong}");
    }

    /// <summary>Whether the text is a server's number, 1 to 255.</summary>
    public static bool TryId(string text, out ServerId id)
    {
        var known = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= ServerId.Max;
        id = new ServerId(known ? number : 0);
        return known;
    }

    private static (string Kind, int Number)? NumberedKey(string key)
    {
        var dot = key.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && key[..dot] is "group" or "weight" && TryId(key[(dot + 1)..], out var number) ? (key[..dot], number.Value) : null;
    }

    private static void Weigh(SortedDictionary<ServerId, ServerEntry> servers, List<(string Kind, int Number, string Value)> rules, IReadOnlyList<ServerEntry> inherited)
    {
        if (rules.Count == 0)
        {
            foreach (var known in inherited)
            {
                if (servers.TryGetValue(known.Id, out var server))
                {
                    servers[known.Id] = server with { Weight = known.Weight, Group = known.Group };
                }
            }
        }

        foreach (var (kind, number, value) in rules)
        {
            if (kind == "weight")
            {
                if (!servers.TryGetValue(new ServerId(number), out var server)
                    || !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var weight) || weight > 1000)
                {
                    throw new FormatException($"weight.{number}={value} does not give a listed server a weight of 0 to 1000");
                }

                servers[server.Id] = server with { Weight = weight };
                continue;
            }

            foreach (var text in value.Split(':', StringSplitOptions.TrimEntries))
            {
                if (!TryId(text, out var id) || !servers.TryGetValue(id, out var server) || server.Group is not null)
                {
                    throw new FormatException($"group.{number}: '{text}' is not the number of a listed server that has no group yet");
                }

                servers[id] = server with { Group = number };
            }
        }
    }

    private static string Line(ServerEntry server)
    {
        var role = server.Role == MemberRole.Observer ? "observer" : "participant";
        var client = server.ClientPort is { } port ? $";{Bracketed(server.ClientAddress ?? "0.0.0.0")}:{port}" : string.Empty;
        return $"server.{server.Id}={Bracketed(server.Host)}:{server.SiloPort}:{server.GatewayPort}:{role}{client}";
    }

    private static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
}

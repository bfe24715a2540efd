using System.Globalization;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Silo.Configuration;

/// <summary>Reads who belongs to the ensemble and which of them this server is.</summary>
internal static class EnsembleReader
{
    private const int DefaultSiloPort = 2888;
    private const int DefaultGatewayPort = 3888;

    public static IReadOnlyList<ServerEntry> ReadServers(ValueReader values)
    {
        var servers = new SortedDictionary<ServerId, ServerEntry>();
        var lines = new Dictionary<ServerId, Setting>();
        foreach (var (id, setting) in Numbered(values, "server"))
        {
            if (ServerLine.Parse(id, setting.Value, out var wrong) is { } server)
            {
                servers[id] = server;
                lines[id] = setting;
            }
            else
            {
                values.Error(setting, wrong!, $"write server.N={ServerLine.Form}");
            }
        }

        if (!Numbered(values, "server", quiet: true).Any())
        {
            // ZooKeeper's standalone mode: a zoo.cfg without server lines is an ensemble of one on this machine.
            var alone = new ServerId(values.Settings["id"] is { } own && TryId(own.Value, out var given) ? given : 1);
            servers[alone] = new ServerEntry(alone, "127.0.0.1", DefaultSiloPort, DefaultGatewayPort);
            values.Warn("server.N", "no server line is given: this is an ensemble of one server, which survives no failure", $"list all servers as server.N={ServerLine.Form}");
            return [.. servers.Values];
        }

        ApplyWeights(values, servers);
        ApplyGroups(values, servers);
        CheckPorts(values, servers, lines);
        CheckQuorum(values, servers);
        return [.. servers.Values];
    }

    public static ServerId? ReadSelf(ValueReader values, IReadOnlyList<ServerEntry> servers, string? dataDirectory)
    {
        var ids = string.Join(", ", servers.Select(s => s.Id));
        var setting = values.Settings["id"];
        var myid = dataDirectory is null ? null : Path.Combine(dataDirectory, "myid");
        if (setting is null && myid is not null && File.Exists(myid))
        {
            try
            {
                setting = new Setting("myid", File.ReadAllText(myid).Trim(), myid);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                values.Error("myid", $"the file {myid} cannot be read: {e.Message}", "make it readable or give --id N");
                return null;
            }
        }

        if (setting is null)
        {
            if (servers.Count == 1 && !Numbered(values, "server", quiet: true).Any())
            {
                return servers[0].Id;
            }

            values.Error("id", $"nothing says which of the servers {ids} this one is", $"give --id N, or write N into the file {myid ?? "myid in dataDir"}");
            return null;
        }

        if (!TryId(setting.Value, out var id))
        {
            values.Error(setting, $"must be a whole number of 1 to {ServerId.Max}", $"use one of {ids}");
            return null;
        }

        if (servers.All(s => s.Id.Value != id))
        {
            values.Error(setting, $"there is no line server.{id}", $"use one of {ids}, or add the line");
            return null;
        }

        return new ServerId(id);
    }

    private static bool TryId(string text, out int id) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id is >= 1 and <= ServerId.Max;

    private static IEnumerable<(ServerId Id, Setting Setting)> Numbered(ValueReader values, string kind, bool quiet = false)
    {
        foreach (var setting in values.Settings)
        {
            if (KeyCatalogue.Numbered(setting.Normal, kind) is not { } number)
            {
                continue;
            }

            if (TryId(number, out var id))
            {
                yield return (new ServerId(id), setting);
            }
            else if (!quiet)
            {
                values.Error(setting, $"'{number}' is not a number of 1 to {ServerId.Max}", $"write {kind}.N with such a number");
            }
        }
    }

    private static void ApplyWeights(ValueReader values, SortedDictionary<ServerId, ServerEntry> servers)
    {
        foreach (var (id, setting) in Numbered(values, "weight"))
        {
            if (!int.TryParse(setting.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var weight) || weight > 1000)
            {
                values.Error(setting, "must be a whole number of 0 to 1000", "correct the weight or remove the line to get 1");
            }
            else if (servers.TryGetValue(id, out var server))
            {
                servers[id] = server with { Weight = weight };
            }
            else
            {
                values.Error(setting, $"there is no line server.{id}", "remove the line or add the server");
            }
        }
    }

    private static void ApplyGroups(ValueReader values, SortedDictionary<ServerId, ServerEntry> servers)
    {
        foreach (var (group, setting) in Numbered(values, "group"))
        {
            foreach (var member in setting.Value.Split(':', StringSplitOptions.TrimEntries))
            {
                if (!TryId(member, out var number) || !servers.TryGetValue(new ServerId(number), out var server))
                {
                    values.Error(setting, $"'{member}' is not the id of a listed server", "write group.N=id:id:… with ids that have a server line");
                }
                else if (server.Group is { } other && other != group.Value)
                {
                    values.Error(setting, $"server {number} already belongs to group {other}", "list every server in one group only");
                }
                else
                {
                    servers[server.Id] = server with { Group = group.Value };
                }
            }
        }
    }

    // Two servers that claim one port of one machine: the second cannot start, and the first would answer in its name.
    private static void CheckPorts(ValueReader values, SortedDictionary<ServerId, ServerEntry> servers, Dictionary<ServerId, Setting> lines)
    {
        var taken = new Dictionary<(string Host, int Port), string>();
        foreach (var server in servers.Values)
        {
            var claims = new List<(int Port, string Use)> { (server.SiloPort, "silo port"), (server.GatewayPort, "gateway port") };
            if (server.ClientPort is { } client)
            {
                claims.Add((client, "client port"));
            }

            foreach (var (port, use) in claims)
            {
                var claim = $"the {use} of server {server.Id}";
                var host = server.HasWildcardHost ? $"wildcard of {server.Id}" : server.Host.ToUpperInvariant();
                if (!taken.TryAdd((host, port), claim))
                {
                    values.Error(lines[server.Id], $"{claim}, {server.Host}:{port}, is also {taken[(host, port)]}", "give each its own port");
                }
            }
        }
    }

    private static void CheckQuorum(ValueReader values, SortedDictionary<ServerId, ServerEntry> servers)
    {
        try
        {
            var quorum = new QuorumConfiguration(Zxid.Zero, servers.Values.Select(s => new Member(s.Id, s.Role, s.Weight, s.Group)));
            if (quorum.Participants.Count == 2)
            {
                values.Warn("server.N", "two voting servers survive no failure: both are needed for a quorum", "use three, or make one of the two an observer");
            }
        }
        catch (ArgumentException e)
        {
            values.Error("server.N", e.Message.Split(" (Parameter", StringSplitOptions.None)[0], "correct the server, weight and group lines");
        }
    }
}

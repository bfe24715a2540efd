using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Requests;

/// <summary>The server list that a reconfiguration asks for, made from the present one as ZooKeeper does.</summary>
internal static class ReconfigurationPlan
{
    private const int FewestParticipants = 2;

    /// <summary>Makes the list.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="current">The present list.</param>
    /// <param name="version">The zxid that the reconfiguration will have.</param>
    /// <returns>The list, or null when the request is not allowed.</returns>
    public static MembershipList? Make(in ReconfigRequest request, MembershipList current, Zxid version)
    {
        try
        {
            var servers = request.NewMembers.IsEmpty
                ? Change(current, Text(request.Joining), Text(request.Leaving))
                : MembershipText.Parse(Text(request.NewMembers).Replace(',', '\n'), current.Servers).Servers;
            var next = new MembershipList(version, servers);
            return IsAllowed(next, current) ? next : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private static IReadOnlyList<ServerEntry> Change(MembershipList current, string joining, string leaving)
    {
        var (leave, join) = (Parts(leaving), Parts(joining));
        if (leave.Length + join.Length == 0)
        {
            throw new FormatException("nothing is asked for");
        }

        var servers = new SortedDictionary<ServerId, ServerEntry>(current.Servers.ToDictionary(s => s.Id));
        foreach (var text in leave)
        {
            servers.Remove(MembershipText.TryId(text, out var id) ? id : throw new FormatException($"'{text}' is no server's number"));
        }

        var joined = new HashSet<ServerId>();
        foreach (var text in join)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            var server = MembershipText.ParseServer(equals < 0 ? text : text[..equals].TrimEnd(), equals < 0 ? string.Empty : text[(equals + 1)..]);
            if (server.ClientPort is null || !joined.Add(server.Id))
            {
                throw new FormatException($"server.{server.Id} has no client port, or joins twice");
            }

            servers[server.Id] = current.Find(server.Id) is { } known ? server with { Weight = known.Weight, Group = known.Group } : server;
        }

        return [.. servers.Values];
    }

    private static string[] Parts(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A silo cannot move while it runs, so a server that stays keeps its address; and everybody must find everybody under the address in the list.</summary>
    private static bool IsAllowed(MembershipList next, MembershipList current)
    {
        var moved = next.Servers.Any(s => current.Find(s.Id) is { } known
            && (known.Host, known.SiloPort, known.GatewayPort) != (s.Host, s.SiloPort, s.GatewayPort));
        return !moved
            && next.FindSharedPort() is null
            && next.Servers.All(s => !s.HasWildcardHost)
            && next.Servers.Count(s => s.Role == MemberRole.Participant) >= FewestParticipants
            && Encoding.UTF8.GetByteCount(MembershipText.Of(next.Servers, next.Version)) <= MembershipText.MaxBytes;
    }
}

using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Client.Status;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Console.Live;

/// <summary>One server in one tree: a line of a table, and an object of the JSON.</summary>
internal sealed record ServerRow(
    string Tree,
    int Server,
    bool Observer,
    string Gateway,
    string Role,
    string? Phase,
    int? Epoch,
    string? Zxid,
    string? Committed,
    long? Lag,
    int? Leader,
    long? Nodes,
    long? Sessions,
    long? Connections,
    long? Outstanding,
    long? Watches,
    IReadOnlyList<string> Trees,
    string? Problem)
{
    /// <summary>The role as markup.</summary>
    internal string StyledRole => Role switch
    {
        "leading" => $"[bold green]{Role}[/]",
        "down" => $"[red]{Role}[/]",
        "looking" => $"[yellow]{Role}[/]",
        _ => Role,
    };

    internal static IReadOnlyList<ServerRow> Of(EnsembleReport report)
    {
        var leaders = report.Servers.Where(s => s.Status is { Role: ServerRole.Leading, Phase: ServerPhase.Broadcast })
            .GroupBy(s => s.Tree, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.MaxBy(s => s.Status!.CurrentEpoch)!.Status!, StringComparer.Ordinal);
        return [.. report.Servers.Select(s => Of(s, leaders.GetValueOrDefault(s.Tree), report.Trees))];
    }

    internal static string Text<T>(T? value)
        where T : struct, IFormattable => value?.ToString(null, CultureInfo.InvariantCulture) ?? "-";

    /// <summary>How many committed transactions a server has yet to learn of. The servers are asked one after another, so one that was asked later may seem to be ahead; that is no lag.</summary>
    /// <returns>Null without a leader, and for a server that is not in the leader's epoch: then nobody can tell.</returns>
    internal static long? LagOf(ServerStatus? status, ServerStatus? leader)
    {
        if (status is null || leader is null)
        {
            return null;
        }

        var (mine, its) = (new Zxid(status.LastCommitted), new Zxid(leader.LastCommitted));
        return mine.Epoch == its.Epoch ? Math.Max(0, its.Value - mine.Value) : null;
    }

    private static ServerRow Of(ServerReport report, ServerStatus? leader, IReadOnlyList<string> trees)
    {
        var status = report.Status;
        return new ServerRow(
            report.Tree,
            report.Server.Id,
            report.Server.Observer,
            report.Server.GatewayPort == 0 ? "-" : new ServerEndpoint(report.Server.Host, report.Server.GatewayPort).ToString(),
            status is null ? "down" : Lower(status.Role.ToString()),
            status is null or { Role: ServerRole.Stopped } ? null : Lower(status.Phase.ToString()),
            status?.CurrentEpoch,
            status is null ? null : $"0x{status.LastZxid:x}",
            status is null ? null : $"0x{status.LastCommitted:x}",
            LagOf(status, leader),
            status?.Leader,
            status?.Nodes,
            status?.Sessions,
            status?.Connections,
            status?.Outstanding,
            status?.Watches,
            status is null ? [] : status.Trees.Length > 0 ? status.Trees : trees,
            report.Problem);
    }

    private static string Lower(string text) => text.ToLowerInvariant();
}

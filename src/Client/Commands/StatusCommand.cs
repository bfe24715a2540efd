using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GrainKeeper.Client.Status;
using GrainKeeper.Contracts.Servers;
using Spectre.Console;

namespace GrainKeeper.Client.Commands;

/// <summary>The command that shows what every server is doing.</summary>
internal static class StatusCommand
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    internal static Command Make(CommandContext context)
    {
        var all = new Option<bool>("--all-trees", "-a") { Description = "All trees, instead of the one of --tree" };
        var json = new Option<bool>("--json") { Description = "Print JSON instead of a table" };
        var command = new Command("status", "Show every server: role, epoch, zxid, leader, trees. Ends with 1 unless a leader serves each tree shown") { all, json };
        command.SetAction(async (parsed, token) =>
        {
            EnsembleReport? report = null;
            await context.LimitAsync(
                parsed, async limited => report = await EnsembleStatusReader.ReadAsync(context.ClientOptions(parsed), parsed.GetValue(all), limited), token);
            if (parsed.GetValue(json))
            {
                context.Terminal.Line(JsonSerializer.Serialize(report!.Servers.Select(s => Row.Of(s, report.Trees)), Json));
            }
            else
            {
                context.Terminal.Table(Table(report!));
                await ExplainAsync(context, report!);
            }

            return report!.AllTreesServe ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    internal static Table Table(EnsembleReport report)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("tree", "server", "gateway", "role", "phase", "epoch", "zxid", "leader", "nodes", "sessions", "connections", "trees");
        foreach (var row in report.Servers.Select(s => Row.Of(s, report.Trees)))
        {
            table.AddRow(
                Markup.Escape(row.Tree),
                row.Server.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(row.Gateway),
                row.Role is "leading" ? $"[bold green]{row.Role}[/]" : row.Role is "down" ? $"[red]{row.Role}[/]" : row.Role,
                row.Phase ?? "-",
                row.Epoch?.ToString(CultureInfo.InvariantCulture) ?? "-",
                row.Zxid ?? "-",
                row.Leader?.ToString(CultureInfo.InvariantCulture) ?? "-",
                row.Nodes?.ToString(CultureInfo.InvariantCulture) ?? "-",
                row.Sessions?.ToString(CultureInfo.InvariantCulture) ?? "-",
                row.Connections?.ToString(CultureInfo.InvariantCulture) ?? "-",
                Markup.Escape(row.Trees.Count == 0 ? "-" : string.Join(' ', row.Trees)));
        }

        return table;
    }

    private static async Task ExplainAsync(CommandContext context, EnsembleReport report)
    {
        foreach (var server in report.Servers.Where(s => s.Problem is not null))
        {
            await context.Terminal.Error.WriteLineAsync($"gk: server {server.Server.Id}, tree {server.Tree}: {server.Problem}");
        }

        if (!report.AllTreesServe)
        {
            await context.Terminal.Error.WriteLineAsync("gk: not every tree has a leader that serves: start more servers until a majority runs, or wait for the election to end");
        }
    }

    /// <summary>One line of the table, and one object of the JSON.</summary>
    private sealed record Row(
        string Tree,
        int Server,
        bool Observer,
        string Gateway,
        string Role,
        string? Phase,
        int? Epoch,
        string? Zxid,
        string? Committed,
        int? Leader,
        long? Nodes,
        long? Sessions,
        long? Connections,
        IReadOnlyList<string> Trees,
        string? Problem)
    {
        internal static Row Of(ServerReport report, IReadOnlyList<string> trees)
        {
            var status = report.Status;
            return new Row(
                report.Tree,
                report.Server.Id,
                report.Server.Observer,
                report.Server.GatewayPort == 0 ? "-" : new ServerEndpoint(report.Server.Host, report.Server.GatewayPort).ToString(),
                status is null ? "down" : Lower(status.Role.ToString()),
                status is null or { Role: ServerRole.Stopped } ? null : Lower(status.Phase.ToString()),
                status?.CurrentEpoch,
                status is null ? null : $"0x{status.LastZxid:x}",
                status is null ? null : $"0x{status.LastCommitted:x}",
                status?.Leader,
                status?.Nodes,
                status?.Sessions,
                status?.Connections,
                status is null ? [] : status.Trees.Length > 0 ? status.Trees : trees,
                report.Problem);
        }

        private static string Lower(string text) => text.ToLowerInvariant();
    }
}

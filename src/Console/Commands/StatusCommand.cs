using System.CommandLine;
using System.Globalization;
using GrainKeeper.Client.Status;
using GrainKeeper.Console.Live;
using Spectre.Console;

namespace GrainKeeper.Console.Commands;

/// <summary>The command that shows what every server is doing.</summary>
internal static class StatusCommand
{
    internal static Command Make(CommandContext context)
    {
        var all = new Option<bool>("--all-trees", "-a") { Description = "All trees, instead of the one of --tree" };
        var json = new Option<bool>("--json") { Description = "The same as --output json" };
        var output = OutputFormat.Make();
        var command = new Command("status", "Show every server: role, epoch, zxid, lag, leader, sessions, trees. Ends with 1 unless a leader serves each tree shown") { all, json, output };
        command.SetAction(async (parsed, token) =>
        {
            EnsembleReport? report = null;
            await context.LimitAsync(
                parsed, async limited => report = await EnsembleStatusReader.ReadAsync(context.ClientOptions(parsed), parsed.GetValue(all), limited), token);
            if (parsed.GetValue(json) || OutputFormat.IsJson(parsed, output))
            {
                context.Terminal.Json(ServerRow.Of(report!));
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
            .AddColumns("tree", "server", "gateway", "role", "phase", "epoch", "zxid", "lag", "leader", "nodes", "sessions", "connections", "trees");
        foreach (var column in table.Columns)
        {
            column.Padding(0, 1);
        }

        foreach (var row in ServerRow.Of(report))
        {
            table.AddRow(
                Markup.Escape(row.Tree),
                row.Server.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(row.Gateway),
                row.StyledRole,
                row.Phase ?? "-",
                ServerRow.Text(row.Epoch),
                row.Zxid ?? "-",
                ServerRow.Text(row.Lag),
                ServerRow.Text(row.Leader),
                ServerRow.Text(row.Nodes),
                ServerRow.Text(row.Sessions),
                ServerRow.Text(row.Connections),
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
}

using System.Globalization;
using Spectre.Console;

namespace GrainKeeper.Console.Live;

/// <summary>A look as a table.</summary>
internal static class TopTable
{
    internal static Table Make(TopSample sample)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("tree", "server", "role", "zxid", "lag", "sessions", "conns", "waiting", "writes/s", "reqs/s", "avg ms", "max ms", "answer ms");
        foreach (var (index, column) in table.Columns.Index())
        {
            // Room for all of them on a screen of 120 columns.
            column.Padding(0, 1);
            column.Alignment = index < 3 ? Justify.Left : Justify.Right;
        }

        foreach (var row in sample.Rows)
        {
            var server = row.Server;
            table.AddRow(
                Markup.Escape(server.Tree),
                server.Server.ToString(CultureInfo.InvariantCulture),
                server.StyledRole,
                server.Zxid ?? "-",
                server.Lag is > 0 ? $"[yellow]{ServerRow.Text(server.Lag)}[/]" : ServerRow.Text(server.Lag),
                ServerRow.Text(server.Sessions),
                ServerRow.Text(server.Connections),
                ServerRow.Text(server.Outstanding),
                Number(row.WritesPerSecond, "0"),
                Number(row.RequestsPerSecond, "0"),
                Number(row.LatencyAverage, "0.0"),
                ServerRow.Text(row.LatencyMax),
                Number(row.AnswerTime, "0.0"));
        }

        var time = sample.At.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        return table.Caption(sample.Problem is { } problem
            ? $"[red]{time} UTC: {Markup.Escape(problem)}[/]"
            : $"{time} UTC, asked through server {sample.AnsweredBy}{(sample.AllTreesServe ? string.Empty : "; [red]not every tree has a leader that serves[/]")}");
    }

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}

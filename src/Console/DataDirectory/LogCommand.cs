using System.CommandLine;
using System.Globalization;
using GrainKeeper.Console.Commands;
using GrainKeeper.Core.Quorum;
using Spectre.Console;

namespace GrainKeeper.Console.DataDirectory;

/// <summary>The commands that look at a server's data directory. They need no server, and only read, so they may also run beside one.</summary>
internal static class LogCommand
{
    internal static Command Make(CommandContext context) => new("log", "Look at a server's log and snapshots on this machine; no server is needed, and none is disturbed")
    {
        List(context), Show(context),
    };

    private static Command List(CommandContext context)
    {
        var directory = DirectoryArgument();
        var output = OutputFormat.Make();
        var command = new Command("list", "List log segments and snapshots with the zxids in them, and check every checksum. Ends with 1 if something is damaged") { directory, output };
        command.SetAction(parsed =>
        {
            var files = LogSurvey.Of(ReplicaDirectory.Find(parsed.GetValue(directory)!, context.Tree(parsed)));
            if (OutputFormat.IsJson(parsed, output))
            {
                context.Terminal.Json(files);
            }
            else
            {
                context.Terminal.Table(Table(files));
                foreach (var file in files.Where(f => f.Problem is not null))
                {
                    context.Terminal.Error.WriteLine($"gk: {file.File}: {file.Problem}");
                }
            }

            return files.Any(f => f.State == LogSurvey.Damaged) ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    private static Command Show(CommandContext context)
    {
        var directory = DirectoryArgument();
        var from = new Option<string?>("--from") { Description = "The first zxid to show, as 0x100000001" };
        var until = new Option<string?>("--until") { Description = "The last zxid to show" };
        var path = new Option<string?>("--path", "-p") { Description = "Only what touches this node or one below" };
        var most = new Option<int>("--most", "-n") { Description = "Most entries to show, the last ones, 1 to 1000000", DefaultValueFactory = _ => 1_000 };
        var output = OutputFormat.Make();
        var command = new Command("show", "Show the log's entries: zxid, time, session, operation, paths, bytes. Data are not shown. Ends with 1 if something is damaged") { directory, from, until, path, most, output };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(most) is < 1 or > 1_000_000)
            {
                throw new UsageException($"--most {parsed.GetValue(most)}: give 1 to 1000000");
            }

            var filter = new EntryFilter(ZxidOf(parsed, from) ?? new Zxid(0), ZxidOf(parsed, until) ?? new Zxid(long.MaxValue), parsed.GetValue(path), parsed.GetValue(most));
            var found = filter.Read(ReplicaDirectory.Find(parsed.GetValue(directory)!, context.Tree(parsed)));
            if (OutputFormat.IsJson(parsed, output))
            {
                context.Terminal.Json(found.Entries.Select(LogRow.Of));
            }
            else
            {
                context.Terminal.Table(Table(found.Entries.Select(LogRow.Of)));
            }

            if (found.LeftOut > 0)
            {
                context.Terminal.Error.WriteLine($"gk: {found.LeftOut} earlier entries are not shown: add --most, or --from and --until");
            }

            found.Problems.ForEach(p => context.Terminal.Error.WriteLine($"gk: {p}"));
            return found.IsDamaged ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    private static Argument<string> DirectoryArgument() => new("directory") { Description = "A server's dataDir (then --tree names the tree), or a tree's directory in it" };

    private static Zxid? ZxidOf(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } text)
        {
            return null;
        }

        var isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return long.TryParse(isHex ? text.AsSpan(2) : text, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? new Zxid(value)
            : throw new UsageException($"{option.Name} {text}: this is no zxid: write it as 0x100000001");
    }

    private static Table Table(IEnumerable<SurveyedFile> files)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("file", "holds", "from", "to", "entries", "bytes", "state");
        foreach (var file in files)
        {
            table.AddRow(
                Markup.Escape(Path.GetFileName(file.File)),
                file.Holds,
                file.From ?? "-",
                file.To ?? "-",
                file.Entries?.ToString(CultureInfo.InvariantCulture) ?? "-",
                file.Bytes.ToString(CultureInfo.InvariantCulture),
                file.State == LogSurvey.Damaged ? $"[bold red]{file.State}[/]" : file.State);
        }

        return table;
    }

    private static Table Table(IEnumerable<LogRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("zxid", "time (UTC)", "session", "operation", "bytes", "paths");
        foreach (var row in rows)
        {
            table.AddRow(row.Zxid, row.Time, row.Session, row.Operation, row.Bytes.ToString(CultureInfo.InvariantCulture), Markup.Escape(string.Join(' ', row.Paths)));
        }

        return table;
    }
}

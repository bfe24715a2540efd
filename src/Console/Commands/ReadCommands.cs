using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;
using Spectre.Console;

namespace GrainKeeper.Console.Commands;

/// <summary>Commands that read nodes: get, ls, stat.</summary>
internal static class ReadCommands
{
    internal static IEnumerable<Command> All(CommandContext context) => [Get(context), List(context), ShowStat(context)];

    /// <summary>A stat, one field a line, under ZooKeeper's names.</summary>
    internal static IEnumerable<string> Describe(Stat stat) =>
    [
        $"cZxid = 0x{stat.Czxid:x}",
        $"ctime = {OutputFormat.Time(stat.Ctime)}",
        $"mZxid = 0x{stat.Mzxid:x}",
        $"mtime = {OutputFormat.Time(stat.Mtime)}",
        $"pZxid = 0x{stat.Pzxid:x}",
        $"cversion = {stat.CVersion}",
        $"dataVersion = {stat.Version}",
        $"aclVersion = {stat.AVersion}",
        $"ephemeralOwner = 0x{stat.EphemeralOwner:x}",
        $"dataLength = {stat.DataLength}",
        $"numChildren = {stat.NumChildren}",
    ];

    private static Command Get(CommandContext context)
    {
        var path = context.PathArgument();
        var stat = new Option<bool>("--stat", "-s") { Description = "Print its stat, too" };
        var raw = new Option<bool>("--raw", "-r") { Description = "Write the bytes alone, without a line feed after them" };
        var output = OutputFormat.Make();
        var consistency = Consistency();
        var command = new Command("get", "Print a node's data") { path, stat, raw, consistency, output };
        command.SetAction((parsed, token) => context.OperateAsync(
            parsed,
            async (client, limited) =>
            {
                var name = context.PathOf(parsed, path);
                var node = await client.GetDataAsync(name, cancellationToken: limited);
                Remark(context.Terminal, node.Source);
                if (OutputFormat.IsJson(parsed, output))
                {
                    context.Terminal.Json(new { path = name, data = node.Data, text = TextOf(node.Data.Span), stat = OutputFormat.Object(node.Stat) });
                    return;
                }

                context.Terminal.Bytes(node.Data.Span);
                if (!parsed.GetValue(raw))
                {
                    context.Terminal.Line(string.Empty);
                }

                if (parsed.GetValue(stat))
                {
                    context.Terminal.Line(string.Join('\n', Describe(node.Stat)));
                }
            },
            token,
            With(parsed, consistency)));
        return command;
    }

    private static Command List(CommandContext context)
    {
        var path = context.PathArgument(isOptional: true);
        var stat = new Option<bool>("--long", "-l") { Description = "A table with version, data length, children and time of change" };
        var output = OutputFormat.Make();
        var consistency = Consistency();
        var command = new Command("ls", "List a node's children, sorted") { path, stat, consistency, output };
        command.SetAction((parsed, token) => context.OperateAsync(
            parsed,
            async (client, limited) =>
            {
                var node = context.PathOf(parsed, path);
                var children = await client.GetChildrenAsync(node, cancellationToken: limited);
                Remark(context.Terminal, children.Source);
                var names = children.Names.Order(StringComparer.Ordinal).ToList();
                if (parsed.GetValue(stat))
                {
                    var stats = await StatsAsync(client, node, names, limited);
                    if (OutputFormat.IsJson(parsed, output))
                    {
                        context.Terminal.Json(stats.Select(s => new { name = s.Name, stat = OutputFormat.Object(s.Stat) }));
                    }
                    else
                    {
                        context.Terminal.Table(Table(stats));
                    }
                }
                else if (OutputFormat.IsJson(parsed, output))
                {
                    context.Terminal.Json(names);
                }
                else
                {
                    names.ForEach(context.Terminal.Line);
                }
            },
            token,
            With(parsed, consistency)));
        return command;
    }

    private static Command ShowStat(CommandContext context)
    {
        var path = context.PathArgument();
        var consistency = Consistency();
        var output = OutputFormat.Make();
        var command = new Command("stat", "Print a node's stat") { path, consistency, output };
        command.SetAction((parsed, token) => context.OperateAsync(
            parsed,
            async (client, limited) =>
            {
                var node = context.PathOf(parsed, path);
                var found = await client.GetStatAsync(node, cancellationToken: limited);
                Remark(context.Terminal, found.Source);
                var stat = found.Stat ?? throw new NoNodeException($"stat {node}: the node does not exist", node);
                if (OutputFormat.IsJson(parsed, output))
                {
                    context.Terminal.Json(OutputFormat.Object(stat));
                }
                else
                {
                    context.Terminal.Line(string.Join('\n', Describe(stat)));
                }
            },
            token,
            With(parsed, consistency)));
        return command;
    }

    private static Option<string> Consistency()
    {
        var option = new Option<string>("--consistency")
        {
            Description = "eventual: any server, also one without a quorum where that is configured; sequential: the session's own order; linearizable: all that was acknowledged before",
            DefaultValueFactory = _ => "sequential",
        };
        option.AcceptOnlyFromAmong("eventual", "sequential", "linearizable");
        return option;
    }

    /// <summary>The shell's own session reads sequentially: another consistency has a session of its own there.</summary>
    private static Func<GrainKeeperClientOptions, GrainKeeperClientOptions>? With(ParseResult parsed, Option<string> consistency) =>
        Enum.Parse<ReadConsistency>(parsed.GetValue(consistency)!, ignoreCase: true) is not ReadConsistency.Sequential and var wanted ? options => options with { ReadConsistency = wanted } : null;

    private static void Remark(Terminal terminal, ReadSource source)
    {
        if (source.WithoutQuorum)
        {
            terminal.Error.WriteLine($"server {source.Server} is out of touch with a quorum: this is the state after 0x{source.Zxid:x}, and there may be a newer one elsewhere");
        }
    }

    /// <summary>The data as text; null when it is none.</summary>
    private static string? TextOf(ReadOnlySpan<byte> data) => Utf8.IsValid(data) ? Encoding.UTF8.GetString(data) : null;

    /// <summary>The stats of those children that are still there.</summary>
    private static async Task<List<(string Name, Stat Stat)>> StatsAsync(GrainKeeperClient client, string parent, List<string> names, CancellationToken token)
    {
        var found = new List<(string, Stat)>();
        var prefix = parent == "/" ? "/" : parent + "/";
        foreach (var part in names.Chunk(1_000))
        {
            var stats = await Task.WhenAll(part.Select(name => client.ExistsAsync(prefix + name, cancellationToken: token)));
            found.AddRange(part.Zip(stats).Where(n => n.Second is not null).Select(n => (n.First, n.Second!.Value)));
        }

        return found;
    }

    private static Table Table(List<(string Name, Stat Stat)> children)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("name", "version", "bytes", "children", "changed", "owner");
        foreach (var (name, stat) in children)
        {
            table.AddRow(
                Markup.Escape(name),
                stat.Version.ToString(CultureInfo.InvariantCulture),
                stat.DataLength.ToString(CultureInfo.InvariantCulture),
                stat.NumChildren.ToString(CultureInfo.InvariantCulture),
                OutputFormat.Time(stat.Mtime),
                stat.EphemeralOwner == 0 ? string.Empty : OutputFormat.Zxid(stat.EphemeralOwner));
        }

        return table;
    }
}

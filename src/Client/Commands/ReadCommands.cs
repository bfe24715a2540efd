using System.CommandLine;
using System.Globalization;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;
using Spectre.Console;

namespace GrainKeeper.Client.Commands;

/// <summary>Commands that read nodes: get, ls, stat.</summary>
internal static class ReadCommands
{
    internal static IEnumerable<Command> All(CommandContext context) => [Get(context), List(context), ShowStat(context)];

    /// <summary>A stat, one field a line, under ZooKeeper's names.</summary>
    internal static IEnumerable<string> Describe(Stat stat) =>
    [
        $"cZxid = 0x{stat.Czxid:x}",
        $"ctime = {Time(stat.Ctime)}",
        $"mZxid = 0x{stat.Mzxid:x}",
        $"mtime = {Time(stat.Mtime)}",
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
        var path = new Argument<string>("path") { Description = "The node's path" };
        var stat = new Option<bool>("--stat", "-s") { Description = "Print its stat, too" };
        var raw = new Option<bool>("--raw", "-r") { Description = "Write the bytes alone, without a line feed after them" };
        var command = new Command("get", "Print a node's data") { path, stat, raw };
        command.SetAction((parsed, token) => context.OperateAsync(
            parsed,
            async (client, limited) =>
            {
                var node = await client.GetDataAsync(parsed.GetValue(path)!, cancellationToken: limited);
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
            token));
        return command;
    }

    private static Command List(CommandContext context)
    {
        var path = new Argument<string>("path") { Description = "The node's path", DefaultValueFactory = _ => "/" };
        var stat = new Option<bool>("--long", "-l") { Description = "A table with version, data length, children and time of change" };
        var command = new Command("ls", "List a node's children, sorted") { path, stat };
        command.SetAction((parsed, token) => context.OperateAsync(
            parsed,
            async (client, limited) =>
            {
                var node = parsed.GetValue(path)!;
                var names = (await client.GetChildrenAsync(node, cancellationToken: limited)).Names.Order(StringComparer.Ordinal).ToList();
                if (parsed.GetValue(stat))
                {
                    context.Terminal.Table(await TableAsync(client, node, names, limited));
                }
                else
                {
                    names.ForEach(context.Terminal.Line);
                }
            },
            token));
        return command;
    }

    private static Command ShowStat(CommandContext context)
    {
        var path = new Argument<string>("path") { Description = "The node's path" };
        var command = new Command("stat", "Print a node's stat") { path };
        command.SetAction((parsed, token) => context.OperateAsync(
            parsed,
            async (client, limited) =>
            {
                var stat = await client.ExistsAsync(parsed.GetValue(path)!, cancellationToken: limited)
                    ?? throw GrainKeeperException.Of(ErrorCode.NoNode, "stat", parsed.GetValue(path));
                context.Terminal.Line(string.Join('\n', Describe(stat)));
            },
            token));
        return command;
    }

    private static async Task<Table> TableAsync(GrainKeeperClient client, string parent, List<string> names, CancellationToken token)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("name", "version", "bytes", "children", "changed", "owner");
        var prefix = parent == "/" ? "/" : parent + "/";
        foreach (var part in names.Chunk(1_000))
        {
            var stats = await Task.WhenAll(part.Select(name => client.ExistsAsync(prefix + name, cancellationToken: token)));
            foreach (var (name, stat) in part.Zip(stats).Where(n => n.Second is not null))
            {
                var s = stat!.Value;
                table.AddRow(
                    Markup.Escape(name),
                    s.Version.ToString(CultureInfo.InvariantCulture),
                    s.DataLength.ToString(CultureInfo.InvariantCulture),
                    s.NumChildren.ToString(CultureInfo.InvariantCulture),
                    Time(s.Mtime),
                    s.EphemeralOwner == 0 ? string.Empty : $"0x{s.EphemeralOwner:x}");
            }
        }

        return table;
    }

    private static string Time(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, 0, 253402300799999)).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}

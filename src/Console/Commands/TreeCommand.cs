using System.CommandLine;
using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using Spectre.Console;

namespace GrainKeeper.Console.Commands;

/// <summary>The command that draws nodes below a node.</summary>
internal static class TreeCommand
{
    /// <summary>Reads that are under way at once.</summary>
    private const int Width = 500;

    internal static Command Make(CommandContext context)
    {
        var path = context.PathArgument(isOptional: true);
        var depth = new Option<int>("--depth", "-d") { Description = "How deep, 1 to 100", DefaultValueFactory = _ => 3 };
        var each = new Option<int>("--each", "-n") { Description = "Most children shown of one node, 1 to 10000", DefaultValueFactory = _ => 50 };
        var most = new Option<int>("--most") { Description = "Most nodes in all, 1 to 100000", DefaultValueFactory = _ => 2_000 };
        var output = OutputFormat.Make();
        var command = new Command("tree", "Draw the nodes below a node, with their bytes; what is left out is counted") { path, depth, each, most, output };
        command.SetAction((parsed, token) =>
        {
            var limits = new Limits(Check(parsed, depth, 100), Check(parsed, each, 10_000), Check(parsed, most, 100_000));
            return context.OperateAsync(
                parsed,
                async (client, limited) =>
                {
                    var top = await ReadAsync(client, context.PathOf(parsed, path), limits, limited);
                    if (OutputFormat.IsJson(parsed, output))
                    {
                        context.Terminal.Json(top);
                    }
                    else
                    {
                        var drawing = new Tree(Label(top));
                        Draw(drawing, top);
                        context.Terminal.Render(drawing);
                    }
                },
                token);
        });
        return command;
    }

    private static int Check(ParseResult parsed, Option<int> option, int high) => parsed.GetValue(option) is var value && value >= 1 && value <= high
        ? value
        : throw new UsageException($"{option.Name} {value}: give 1 to {high}");

    /// <summary>Reads level by level, so that what is left out for want of room is the deepest.</summary>
    private static async Task<Branch> ReadAsync(GrainKeeperClient client, string path, Limits limits, CancellationToken token)
    {
        var stat = await client.ExistsAsync(path, cancellationToken: token) ?? throw new NoNodeException($"tree {path}: the node does not exist", path);
        var top = new Branch { Name = path, Path = path, DataLength = stat.DataLength, NumChildren = stat.NumChildren };
        var room = limits.Most - 1;
        List<Branch> level = [top];
        for (var depth = 0; depth < limits.Depth && level.Count > 0; depth++)
        {
            List<Branch> next = [];
            foreach (var parents in level.Where(b => b.NumChildren > 0).Chunk(Width))
            {
                var pages = await Task.WhenAll(parents.Select(p => PageAsync(client, p.Path, limits.Each, token)));
                foreach (var (parent, page) in parents.Zip(pages))
                {
                    var shown = Math.Min(page?.Names.Count ?? 0, room);
                    room -= shown;
                    parent.NumChildren = page?.Stat.NumChildren ?? 0;
                    parent.Children = [.. (page?.Names ?? []).Take(shown).Select(n => new Branch { Name = n, Path = parent.Path == "/" ? "/" + n : $"{parent.Path}/{n}" })];
                    next.AddRange(parent.Children);
                }
            }

            await DescribeAsync(client, next, token);
            level = next;
        }

        return top;
    }

    /// <returns>The first children; null when the node was deleted since its parent was read.</returns>
    private static async Task<ChildrenPage?> PageAsync(GrainKeeperClient client, string path, int limit, CancellationToken token)
    {
        try
        {
            return await client.GetChildrenPageAsync(path, limit: limit, cancellationToken: token);
        }
        catch (NoNodeException)
        {
            return null;
        }
    }

    private static async Task DescribeAsync(GrainKeeperClient client, List<Branch> branches, CancellationToken token)
    {
        foreach (var part in branches.Chunk(Width))
        {
            var stats = await Task.WhenAll(part.Select(b => client.ExistsAsync(b.Path, cancellationToken: token)));
            foreach (var (branch, stat) in part.Zip(stats))
            {
                (branch.DataLength, branch.NumChildren, branch.IsEphemeral) = (stat?.DataLength ?? 0, stat?.NumChildren ?? 0, stat is { EphemeralOwner: not 0 });
            }
        }
    }

    private static void Draw(IHasTreeNodes parent, Branch branch)
    {
        foreach (var child in branch.Children ?? [])
        {
            Draw(parent.AddNode(Label(child)), child);
        }

        if (branch.Children is { } shown && branch.NumChildren > shown.Count)
        {
            parent.AddNode($"[grey]… {(branch.NumChildren - shown.Count).ToString(CultureInfo.InvariantCulture)} more[/]");
        }
    }

    private static string Label(Branch branch)
    {
        var facts = new List<string>();
        if (branch.DataLength > 0)
        {
            facts.Add($"{branch.DataLength.ToString(CultureInfo.InvariantCulture)} B");
        }

        if (branch.IsEphemeral)
        {
            facts.Add("ephemeral");
        }

        if (branch is { NumChildren: > 0, Children: null })
        {
            facts.Add($"{branch.NumChildren.ToString(CultureInfo.InvariantCulture)} below");
        }

        return Markup.Escape(branch.Name) + (facts.Count == 0 ? string.Empty : $" [grey]({string.Join(", ", facts)})[/]");
    }

    private sealed record Limits(int Depth, int Each, int Most);

    private sealed record Branch
    {
        public required string Name { get; init; }

        public required string Path { get; init; }

        public int DataLength { get; set; }

        public int NumChildren { get; set; }

        public bool IsEphemeral { get; set; }

        /// <summary>The first of them; null when they were not asked for.</summary>
        public IReadOnlyList<Branch>? Children { get; set; }
    }
}

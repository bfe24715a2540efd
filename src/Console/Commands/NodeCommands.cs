using System.CommandLine;
using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Console.Commands;

/// <summary>Commands that change nodes: create, set, delete.</summary>
internal static class NodeCommands
{
    internal static IEnumerable<Command> All(CommandContext context) => [Create(context), Set(context), Delete(context)];

    private static Command Create(CommandContext context)
    {
        var path = context.PathArgument();
        var data = DataArgument();
        var file = FileOption();
        var ephemeral = new Option<bool>("--ephemeral", "-e") { Description = "The node lives as long as this command, which then waits for Ctrl-C" };
        var sequential = new Option<bool>("--sequential", "-s") { Description = "Append a number to the name" };
        var container = new Option<bool>("--container", "-c") { Description = "Deleted by the servers some time after its last child" };
        var ttl = new Option<long?>("--ttl", "-t") { Description = "Deleted by the servers when unchanged and without children for so many ms" };
        var output = OutputFormat.Make();
        var command = new Command("create", "Create a node and print its path") { path, data, file, ephemeral, sequential, container, ttl, output };
        command.SetAction(async (parsed, token) =>
        {
            var mode = ModeOf(parsed.GetValue(ephemeral), parsed.GetValue(sequential), parsed.GetValue(container), parsed.GetValue(ttl) is not null);
            var timeToLive = parsed.GetValue(ttl) is { } ms ? TimeSpan.FromMilliseconds(ms) : (TimeSpan?)null;
            var bytes = await ReadDataAsync(context, parsed.GetValue(data), parsed.GetValue(file), token);
            return await context.WithClientAsync(
                parsed,
                async client =>
                {
                    CreatedNode? created = null;
                    await context.LimitAsync(
                        parsed, async limited => created = await client.CreateAsync(context.PathOf(parsed, path), bytes, mode, null, timeToLive, limited), token);
                    if (OutputFormat.IsJson(parsed, output))
                    {
                        context.Terminal.Json(new { path = created!.Path, stat = OutputFormat.Object(created.Stat) });
                    }
                    else
                    {
                        context.Terminal.Line(created!.Path);
                    }

                    // A shell keeps its session, and the node with it.
                    return parsed.GetValue(ephemeral) && client != context.Shell?.Client ? await HoldAsync(context, client, created.Path, token) : ExitCode.Ok;
                },
                token);
        });
        return command;
    }

    private static Command Set(CommandContext context)
    {
        var path = context.PathArgument();
        var data = DataArgument();
        var file = FileOption();
        var version = VersionOption();
        var output = OutputFormat.Make();
        var command = new Command("set", "Replace a node's data and print its new version") { path, data, file, version, output };
        command.SetAction(async (parsed, token) =>
        {
            var bytes = await ReadDataAsync(context, parsed.GetValue(data), parsed.GetValue(file), token);
            return await context.OperateAsync(
                parsed,
                async (client, limited) =>
                {
                    var node = context.PathOf(parsed, path);
                    var stat = await client.SetDataAsync(node, bytes, parsed.GetValue(version), limited);
                    if (OutputFormat.IsJson(parsed, output))
                    {
                        context.Terminal.Json(new { path = node, stat = OutputFormat.Object(stat) });
                    }
                    else
                    {
                        context.Terminal.Line($"version {stat.Version}");
                    }
                },
                token);
        });
        return command;
    }

    private static Command Delete(CommandContext context)
    {
        var path = context.PathArgument();
        var version = VersionOption();
        var output = OutputFormat.Make();
        var command = new Command("delete", "Delete a node without children") { path, version, output };
        command.SetAction((parsed, token) => context.OperateAsync(
            parsed,
            async (client, limited) =>
            {
                var node = context.PathOf(parsed, path);
                await client.DeleteAsync(node, parsed.GetValue(version), limited);
                if (OutputFormat.IsJson(parsed, output))
                {
                    context.Terminal.Json(new { path = node, deleted = true });
                }
            },
            token));
        return command;
    }

    private static Argument<string?> DataArgument() =>
        new("data") { Description = "The data, as UTF-8 text; none for an empty node", Arity = ArgumentArity.ZeroOrOne };

    private static Option<string?> FileOption() => new("--file", "-f") { Description = "Take the data from a file; - for standard input" };

    private static Option<int> VersionOption() =>
        new("--version-is", "-v") { Description = "Only if the node has this version", DefaultValueFactory = _ => -1 };

    private static CreateMode ModeOf(bool ephemeral, bool sequential, bool container, bool ttl)
    {
        if ((ephemeral ? 1 : 0) + (container ? 1 : 0) + (ttl ? 1 : 0) > 1 || (container && sequential))
        {
            throw new UsageException("a node is at most one of ephemeral (-e), container (-c) and with a time to live (-t), and a container is never sequential: leave the others out");
        }

        return (ephemeral, sequential, ttl) switch
        {
            _ when container => CreateMode.Container,
            (true, false, _) => CreateMode.Ephemeral,
            (true, true, _) => CreateMode.EphemeralSequential,
            (_, false, true) => CreateMode.PersistentTtl,
            (_, true, true) => CreateMode.PersistentSequentialTtl,
            (_, true, _) => CreateMode.PersistentSequential,
            _ => CreateMode.Persistent,
        };
    }

    private static async Task<byte[]> ReadDataAsync(CommandContext context, string? data, string? file, CancellationToken token)
    {
        if (file is null)
        {
            return Encoding.UTF8.GetBytes(data ?? string.Empty);
        }

        if (data is not null)
        {
            throw new UsageException("data is given twice, as an argument and with --file: leave one out");
        }

        await using var stream = file == "-" ? context.Terminal.In() : File.OpenRead(file);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, token);
        return bytes.ToArray();
    }

    private static async Task<int> HoldAsync(CommandContext context, GrainKeeperClient client, string path, CancellationToken token)
    {
        await context.Terminal.Error.WriteLineAsync($"gk: {path} lives until Ctrl-C");
        while (client.State is ClientState.Connected or ClientState.Connecting)
        {
            try
            {
                await Task.Delay(200, token);
            }
            catch (OperationCanceledException)
            {
                return ExitCode.Ok;
            }
        }

        await context.Terminal.Error.WriteLineAsync($"gk: the session has ended, and {path} with it: run the command again");
        return ExitCode.Failed;
    }
}

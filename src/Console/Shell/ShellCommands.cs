using System.CommandLine;
using GrainKeeper.Client.Errors;
using GrainKeeper.Console.Commands;

namespace GrainKeeper.Console.Shell;

/// <summary>Commands that make sense in a shell only.</summary>
internal static class ShellCommands
{
    internal static IEnumerable<Command> All(CommandContext context) => [Enter(context), Show(context), Unwatch(context), new Command("exit", "End the shell, and with it its session and ephemeral nodes")];

    private static Command Enter(CommandContext context)
    {
        var path = context.PathArgument("The node, absolute or relative; .. is the parent", isOptional: true);
        path.DefaultValueFactory = _ => "/";
        var command = new Command("cd", "Stand on another node: relative paths begin there") { path };
        command.SetAction((parsed, token) => context.OperateAsync(
            parsed,
            async (client, limited) =>
            {
                var node = context.PathOf(parsed, path);
                if (await client.ExistsAsync(node, cancellationToken: limited) is null)
                {
                    throw new NoNodeException($"cd {node}: the node does not exist", node);
                }

                context.Shell!.Enter(node);
            },
            token));
        return command;
    }

    private static Command Show(CommandContext context)
    {
        var command = new Command("pwd", "Print the node on which the shell stands, its session, server and watches");
        command.SetAction(_ =>
        {
            var shell = context.Shell!;
            context.Terminal.Line(shell.Folder);
            context.Terminal.Line($"session 0x{shell.Client.SessionId:x} at server {shell.Client.Server}");
            foreach (var watched in shell.News.Paths)
            {
                context.Terminal.Line($"watches {watched}");
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Unwatch(CommandContext context)
    {
        var path = context.PathArgument();
        var command = new Command("unwatch", "Show events of a node no more") { path };
        command.SetAction(async (parsed, token) =>
        {
            var node = context.PathOf(parsed, path);
            if (context.Shell!.News.Forget(node) is not { } watch)
            {
                throw new UsageException($"{node} is not watched: 'pwd' lists what is");
            }

            await context.LimitAsync(parsed, async limited => await watch.DisposeAsync().AsTask().WaitAsync(limited), token);
            return ExitCode.Ok;
        });
        return command;
    }
}

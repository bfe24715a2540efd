using System.CommandLine;
using GrainKeeper.Client;
using GrainKeeper.Console.Commands;
using GrainKeeper.Console.Completion;

namespace GrainKeeper.Console.Shell;

/// <summary>The shell: one session for many commands, with history and completion where a person types them.</summary>
internal static class ShellCommand
{
    internal static Command Make(CommandContext context)
    {
        var command = new Command("shell", "Take commands line by line, with one session kept open. Reads a script from a file or pipe, which ends at the first command that fails");
        command.SetAction((parsed, token) => RunAsync(context, parsed, token));
        return command;
    }

    internal static async Task<int> RunAsync(CommandContext context, ParseResult parsed, CancellationToken token)
    {
        var news = new WatchNews();
        var wasLost = false;
        var options = context.ClientOptions(parsed) with { RenewSession = true, StateChanged = Tell };
        await using var client = await context.ConnectAsync(parsed, options, token);
        var session = new ShellSession(parsed, client, news);
        var inner = new CommandContext(context, session);
        var root = GkConsole.Root(inner, [.. GkConsole.Commands(inner), .. ShellCommands.All(inner)]);
        var loop = new ShellLoop(inner, session, root);
        if (!context.Terminal.HasKeyboard || !context.Terminal.Interactive)
        {
            using var piped = new PipedLines(context.Terminal.In());
            return await loop.RunAsync(piped, history: null, token);
        }

        var history = ShellHistory.Load(ShellHistory.DefaultFile());
        context.Terminal.Line($"session 0x{client.SessionId:x} at server {client.Server}; 'help' lists the commands, Ctrl-D ends");
        return await loop.RunAsync(
            new EditedLines(history, () => $"{context.Tree(parsed)}:{session.Folder}>", line => LineCompletion.Of(root, line), news.Take), history, token);

        void Tell(ClientState state)
        {
            switch (state)
            {
                case ClientState.Connecting:
                    wasLost = true;
                    news.Tell("gk: the connection is lost; looking for another server");
                    break;
                case ClientState.Connected when wasLost:
                    wasLost = false;
                    news.Tell("gk: connected again; what happened to watched nodes in between follows. After a long while the session is a new one");
                    break;
                default:
                    break;
            }
        }
    }
}

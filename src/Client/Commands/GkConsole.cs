using System.CommandLine;
using GrainKeeper.Client.Errors;

namespace GrainKeeper.Client.Commands;

/// <summary>The console <c>gk</c>.</summary>
internal static class GkConsole
{
    /// <summary>Runs one command line.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    internal static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken token)
    {
        var context = new CommandContext(terminal);
        var root = new RootCommand("Reads and changes the trees of a GrainKeeper ensemble.");
        foreach (var option in context.Options)
        {
            root.Options.Add(option);
        }

        foreach (var command in NodeCommands.All(context).Concat(ReadCommands.All(context)).Append(WatchCommand.Make(context)).Append(StatusCommand.Make(context)).Append(TreesCommand.Make(context)))
        {
            root.Subcommands.Add(command);
        }

        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await terminal.Error.WriteLineAsync($"gk: {error.Message}");
            }

            await terminal.Error.WriteLineAsync("gk: 'gk --help' lists commands and options");
            return ExitCode.Usage;
        }

        return await InvokeAsync(parsed, terminal, token);
    }

    private static async Task<int> InvokeAsync(ParseResult parsed, Terminal terminal, CancellationToken token)
    {
        try
        {
            await using var output = new StreamWriter(terminal.Out, leaveOpen: true) { NewLine = "\n" };
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = terminal.Error };
            return await parsed.InvokeAsync(configuration, token);
        }
        catch (UsageException e)
        {
            await terminal.Error.WriteLineAsync($"gk: {e.Message}");
            return ExitCode.Usage;
        }
        catch (ArgumentException e)
        {
            await terminal.Error.WriteLineAsync($"gk: {e.Message}");
            return ExitCode.Usage;
        }
        catch (GrainKeeperException e)
        {
            await terminal.Error.WriteLineAsync($"gk: {e.Message}{Remedy(e.Code)}");
            return ExitCode.Failed;
        }
        catch (Exception e) when (e is TimeoutException or IOException or UnauthorizedAccessException)
        {
            await terminal.Error.WriteLineAsync($"gk: {e.Message}");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            await terminal.Error.WriteLineAsync("gk: interrupted; what was under way may or may not have been carried out");
            return ExitCode.Failed;
        }
    }

    private static string Remedy(ErrorCode code) => code switch
    {
        ErrorCode.NoNode => " (look with 'gk ls' at the parent, or create it first)",
        ErrorCode.NodeExists => " (use 'gk set' to replace its data)",
        ErrorCode.BadVersion => " (read it again with 'gk stat' and decide anew)",
        ErrorCode.NoAuth => " (give credentials in the variable GK_AUTH, for example digest:user:password)",
        ErrorCode.NotReadOnly => " (try a server that is in touch with the others)",
        ErrorCode.Unimplemented => " (see the server's configuration)",
        _ => string.Empty,
    };
}

using System.CommandLine;
using System.Globalization;
using GrainKeeper.Client.Errors;
using GrainKeeper.Console.Commands.Tx;
using GrainKeeper.Console.Completion;
using GrainKeeper.Console.DataDirectory;
using GrainKeeper.Console.Live;
using GrainKeeper.Console.Shell;
using GrainKeeper.Console.Transfer;

namespace GrainKeeper.Console.Commands;

/// <summary>The console <c>gk</c>.</summary>
internal static class GkConsole
{
    private const string SuggestDirective = "[suggest:";

    /// <summary>Runs one command line.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    internal static Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken token)
    {
        var context = new CommandContext(terminal);
        var root = Root(context, [.. Commands(context), ShellCommand.Make(context), CompletionCommand.Make(context)]);
        root.SetAction((parsed, inner) => terminal.HasKeyboard && terminal.Interactive
            ? ShellCommand.RunAsync(context, parsed, inner)
            : throw new UsageException("name a command: 'gk --help' lists them; without one a shell begins, on a terminal"));
        return args is [var directive, ..] && directive.StartsWith(SuggestDirective, StringComparison.Ordinal)
            ? Task.FromResult(Suggest(root, args, terminal))
            : RunAsync(root, args, terminal, token);
    }

    /// <summary>The command line's root, with all options that stand before a command.</summary>
    internal static RootCommand Root(CommandContext context, IEnumerable<Command> commands)
    {
        var root = new RootCommand("Reads and changes the trees of a GrainKeeper ensemble.");
        foreach (var option in context.Options)
        {
            root.Options.Add(option);
        }

        foreach (var command in commands)
        {
            root.Subcommands.Add(command);
        }

        return root;
    }

    /// <summary>The commands that there are inside of a shell and outside.</summary>
    internal static IEnumerable<Command> Commands(CommandContext context) =>
    [
        .. NodeCommands.All(context), .. ReadCommands.All(context), TreeCommand.Make(context), WatchCommand.Make(context), ExportCommand.Make(context), ImportCommand.Make(context),
        StatusCommand.Make(context), TopCommand.Make(context), TreesCommand.Make(context), TxCommand.Make(context), LogCommand.Make(context), LabCommand.Make(context),
    ];

    internal static async Task<int> RunAsync(RootCommand root, IReadOnlyList<string> args, Terminal terminal, CancellationToken token)
    {
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

    // The protocol of dotnet-suggest, which the completion scripts use: the position, then the line without the program's name.
    private static int Suggest(RootCommand root, string[] args, Terminal terminal)
    {
        var line = args.Length > 1 ? args[1] : string.Empty;
        var end = int.TryParse(args[0].AsSpan(SuggestDirective.Length).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? Math.Min(position, line.Length) : line.Length;
        foreach (var found in LineCompletion.Of(root, line[..end]).Words)
        {
            terminal.Line(found);
        }

        return ExitCode.Ok;
    }

    private static async Task<int> InvokeAsync(ParseResult parsed, Terminal terminal, CancellationToken token)
    {
        try
        {
            await using var output = new StreamWriter(terminal.Out, leaveOpen: true) { NewLine = "\n" };

            // Signals are the business of Interrupts.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = terminal.Error, ProcessTerminationTimeout = null };
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

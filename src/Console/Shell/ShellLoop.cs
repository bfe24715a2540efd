using System.CommandLine;
using GrainKeeper.Console.Commands;

namespace GrainKeeper.Console.Shell;

/// <summary>Takes lines until their end, and does what they say.</summary>
internal sealed class ShellLoop(CommandContext context, ShellSession session, RootCommand root)
{
    /// <summary>Runs it.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="history">Where lines are kept; null when no person types them, and then the first command that fails is the last.</param>
    /// <param name="token">Ends it, and the first command.</param>
    internal async Task<int> RunAsync(ILineSource lines, ShellHistory? history, CancellationToken token)
    {
        while (true)
        {
            await ShowNewsAsync();
            if (await lines.ReadAsync(history is null ? token : CancellationToken.None) is not { } line)
            {
                return ExitCode.Ok;
            }

            history?.Add(line);
            var code = await ObeyAsync(line, context.Terminal.Interrupts?.Renew() ?? token);
            if (code is null || (code != ExitCode.Ok && history is null))
            {
                await ShowNewsAsync();
                return code ?? ExitCode.Ok;
            }
        }
    }

    /// <returns>The command's exit code; null when the shell is to end.</returns>
    private async Task<int?> ObeyAsync(string line, CancellationToken token)
    {
        List<string> words;
        try
        {
            words = ShellWords.Split(line);
        }
        catch (UsageException e)
        {
            await context.Terminal.Error.WriteLineAsync($"gk: {e.Message}");
            return ExitCode.Usage;
        }

        if (words is ["gk", ..])
        {
            words.RemoveAt(0);
        }

        return words switch
        {
            [] => ExitCode.Ok,
            ["exit"] or ["quit"] => null,
            ["help", .. var about] => await GkConsole.RunAsync(root, [.. about, "--help"], context.Terminal, token),
            _ => await GkConsole.RunAsync(root, words, context.Terminal, token),
        };
    }

    private async Task ShowNewsAsync()
    {
        foreach (var line in session.News.Take())
        {
            if (line.StartsWith("gk: ", StringComparison.Ordinal))
            {
                await context.Terminal.Error.WriteLineAsync(line);
            }
            else
            {
                context.Terminal.Line(line);
            }
        }
    }
}

using System.Text;
using GrainKeeper.Console.Completion;

namespace GrainKeeper.Console.Shell;

/// <summary>Lines that a person types at a terminal.</summary>
/// <param name="history">Earlier lines.</param>
/// <param name="prompt">What stands before the cursor.</param>
/// <param name="complete">Completes the end of a line.</param>
/// <param name="news">Takes what is to be shown while a line is typed.</param>
internal sealed class EditedLines(ShellHistory history, Func<string> prompt, Func<string, LineCompletion> complete, Func<IReadOnlyList<string>> news) : ILineSource
{
    private const int MostShown = 100;

    /// <summary>Shorter than a person notices, long enough to cost nothing.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    public async Task<string?> ReadAsync(CancellationToken token)
    {
        // While a line is typed Ctrl-C gives the line up; while a command runs, the command.
        System.Console.TreatControlCAsInput = true;
        try
        {
            return await EditAsync(new EditedLine(history.Lines), token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        finally
        {
            System.Console.TreatControlCAsInput = false;
        }
    }

    private async Task<string?> EditAsync(EditedLine line, CancellationToken token)
    {
        Show(line);
        while (true)
        {
            if (!System.Console.KeyAvailable)
            {
                if (news() is { Count: > 0 } lines)
                {
                    System.Console.Out.Write("\r\x1b[K" + string.Join('\n', lines) + "\n");
                    Show(line);
                }

                await Task.Delay(Pause, token);
                continue;
            }

            switch (line.Press(System.Console.ReadKey(intercept: true)))
            {
                case LineAction.Submit:
                    Show(line);
                    System.Console.Out.Write("\n");
                    return line.Text;
                case LineAction.Abandon:
                    Show(line);
                    System.Console.Out.Write("^C\n");
                    return string.Empty;
                case LineAction.End:
                    System.Console.Out.Write("\n");
                    return null;
                case LineAction.Complete:
                    Complete(line);
                    break;
                case LineAction.Clear:
                    System.Console.Out.Write("\x1b[H\x1b[2J");
                    break;
                default:
                    break;
            }

            // What was pasted is shown at once.
            if (!System.Console.KeyAvailable)
            {
                Show(line);
            }
        }
    }

    /// <summary>Completes as far as all candidates agree; where they part, lists them.</summary>
    private void Complete(EditedLine line)
    {
        var before = line.Text[..line.Cursor];
        var found = complete(before);
        if (found.Words.Count == 0)
        {
            return;
        }

        var common = found.Common();
        if (found.Words.Count == 1)
        {
            line.ReplaceBeforeCursor(found.Start, common.EndsWith('/') ? common : common + " ");
        }
        else if (common.Length > before.Length - found.Start)
        {
            line.ReplaceBeforeCursor(found.Start, common);
        }
        else
        {
            Show(line);
            var listed = string.Join("  ", found.Words.Take(MostShown)) + (found.Words.Count > MostShown ? $"  … {found.Words.Count - MostShown} more" : string.Empty);
            System.Console.Out.Write($"\n{listed}\n");
        }
    }

    /// <summary>Writes prompt and line in one row of the screen; of a longer line the part around the cursor.</summary>
    private void Show(EditedLine line)
    {
        var before = prompt();
        var room = Math.Max(10, System.Console.WindowWidth - before.Length - 2);
        var from = Math.Max(0, line.Cursor - room);
        var seen = line.Text.Substring(from, Math.Min(room, line.Text.Length - from));
        var column = before.Length + 1 + (line.Cursor - from);
        System.Console.Out.Write(new StringBuilder("\r\x1b[32m").Append(before).Append("\x1b[0m ").Append(seen).Append("\x1b[K\r\x1b[").Append(column).Append('C').ToString());
    }
}

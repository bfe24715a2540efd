using System.Text;
using GrainKeeper.Console.Commands;

namespace GrainKeeper.Console.Shell;

/// <summary>Parts a line into words: <c>'…'</c> keeps everything, <c>"…"</c> and bare text take <c>\</c> before a character.</summary>
internal static class ShellWords
{
    /// <summary>The words of a line; none for a blank line or a comment.</summary>
    /// <exception cref="UsageException">A quote is not closed.</exception>
    internal static List<string> Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quote, begun) = ('\0', false);
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c == '\\' && quote != '\'' && i + 1 < line.Length)
            {
                word.Append(line[++i]);
                begun = true;
            }
            else if (quote != '\0' ? c == quote : c is '\'' or '"')
            {
                (quote, begun) = (quote == '\0' ? c : '\0', true);
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                End();
            }
            else if (c == '#' && quote == '\0' && !begun)
            {
                break;
            }
            else
            {
                word.Append(c);
                begun = true;
            }
        }

        if (quote != '\0')
        {
            throw new UsageException($"a quote {quote} is not closed");
        }

        End();
        return words;

        void End()
        {
            if (begun)
            {
                words.Add(word.ToString());
            }

            word.Clear();
            begun = false;
        }
    }
}

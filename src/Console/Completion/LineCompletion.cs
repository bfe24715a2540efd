using System.CommandLine;

namespace GrainKeeper.Console.Completion;

/// <summary>What may follow at the end of a line.</summary>
/// <param name="Start">Where the word begins that is completed.</param>
/// <param name="Words">What it may become, sorted.</param>
internal sealed record LineCompletion(int Start, IReadOnlyList<string> Words)
{
    internal static LineCompletion Of(RootCommand root, string line)
    {
        var start = line.Length;
        while (start > 0 && !char.IsWhiteSpace(line[start - 1]))
        {
            start--;
        }

        var begun = line[start..];
        var words = root.Parse(line).GetCompletions(line.Length)
            .Select(c => c.InsertText ?? c.Label)
            .Where(w => w.StartsWith(begun, StringComparison.Ordinal) && IsWanted(w, begun))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        return new LineCompletion(start, [.. words]);
    }

    /// <summary>What all words begin with.</summary>
    internal string Common()
    {
        var length = Words.Min(w => w.Length);
        for (var i = 0; i < length; i++)
        {
            if (Words.Any(w => w[i] != Words[0][i]))
            {
                return Words[0][..i];
            }
        }

        return Words[0][..length];
    }

    // Options are offered to who begins one; help's aliases in the manner of Windows look like nodes.
    private static bool IsWanted(string word, string begun) => word is not ("/?" or "/h" or "-?") && (begun.StartsWith('-') || !word.StartsWith('-'));
}

using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Rendering;

/// <summary>Where a chart's columns stand, in SVG units, which are CSS pixels on a screen of that width.</summary>
internal sealed class ChartGeometry
{
    private readonly Dictionary<string, int> _columns = [];

    private ChartGeometry(IReadOnlyList<CastMember> cast, bool narrow)
    {
        Cast = cast;
        IsNarrow = narrow;
        for (var i = 0; i < cast.Count; i++)
        {
            _columns[cast[i].Name] = i;
        }

        Left = narrow ? 34 : 62;
        Column = narrow ? (NarrowWidth - Left - 2) / cast.Count : Math.Clamp(WideWidth / cast.Count, 84, 150);
        Width = Left + (Column * cast.Count) + 2;
        FontSize = narrow ? 10.5 : 12;
    }

    private const double NarrowWidth = 356;
    private const double WideWidth = 760;

    internal IReadOnlyList<CastMember> Cast { get; }

    /// <summary>Whether it is for a phone.</summary>
    internal bool IsNarrow { get; }

    /// <summary>Where the columns begin, after the times.</summary>
    internal double Left { get; }

    internal double Column { get; }

    internal double Width { get; }

    internal double FontSize { get; }

    internal static ChartGeometry Wide(IReadOnlyList<CastMember> cast) => new(cast, narrow: false);

    internal static ChartGeometry Narrow(IReadOnlyList<CastMember> cast) => new(cast, narrow: true);

    /// <summary>The middle of somebody's column.</summary>
    internal double X(string name) => Left + (Column * (_columns[name] + 0.5));

    internal double X(int column) => Left + (Column * (column + 0.5));

    internal int ColumnOf(string name) => _columns[name];

    /// <summary>About how wide a text is.</summary>
    internal static double WidthOf(string text, double size) => text.Sum(LetterWidth) * size;

    /// <summary>Breaks a text into lines that fit a width; the last one ends with … when it does not.</summary>
    internal static IReadOnlyList<string> Break(string text, double width, double size, int most)
    {
        var lines = new List<string>();
        var line = string.Empty;
        foreach (var word in text.Split(' '))
        {
            var longer = line.Length == 0 ? word : line + " " + word;
            if (line.Length > 0 && WidthOf(longer, size) > width)
            {
                lines.Add(line);
                line = word;
            }
            else
            {
                line = longer;
            }
        }

        lines.Add(line);
        if (lines.Count > most)
        {
            lines.RemoveRange(most, lines.Count - most);
            lines[^1] += " …";
        }

        return [.. lines.Select(l => Cut(l, width, size))];
    }

    private static string Cut(string line, double width, double size)
    {
        while (line.Length > 3 && WidthOf(line, size) > width)
        {
            line = line.TrimEnd('…')[..^1] + "…";
        }

        return line;
    }

    // Of a wide sans-serif face, so that others fit too.
    private static double LetterWidth(char letter) => letter switch
    {
        >= '\u2e80' => 1.0,
        'i' or 'l' or 'j' or '.' or ',' or ':' or '\'' or ' ' or 't' or 'f' or 'r' => 0.38,
        'm' or 'w' => 0.85,
        _ when char.IsAsciiDigit(letter) => 0.63,
        _ when char.IsAsciiLetterUpper(letter) => 0.7,
        _ => 0.6,
    };
}

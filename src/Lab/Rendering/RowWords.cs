using System.Globalization;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Rendering;

/// <summary>Words that all forms of a story share.</summary>
internal static class RowWords
{
    internal static string Time(long microseconds) => (microseconds / 1_000_000.0).ToString("0.000", CultureInfo.InvariantCulture);

    internal static string Label(StoryRow.Messages row) => row.Times > 1 ? $"{row.Label} (sent {row.Times} times)" : row.Label;

    internal static string Gap(StoryRow.Gap gap)
    {
        var time = gap.Time >= 1_000_000
            ? (gap.Time / 1_000_000.0).ToString("0.0", CultureInfo.InvariantCulture) + " s"
            : (gap.Time / 1_000).ToString(CultureInfo.InvariantCulture) + " ms";
        return gap.Quiet > 0 ? $"{time} with {gap.Quiet} {(gap.Quiet == 1 ? "message" : "messages")} not shown" : $"{time} later";
    }

    /// <summary>Why messages did not arrive, with those they did not reach; empty when all did.</summary>
    internal static string Losses(StoryRow.Messages row) => string.Join(
        "; ",
        row.Legs.Where(l => l.LostBecause is not null).GroupBy(l => l.LostBecause!.EndsWith(" is down", StringComparison.Ordinal) ? "down" : l.LostBecause!).Select(g => $"{string.Join(' ', g.Select(l => l.To))} {g.Key}"));
}

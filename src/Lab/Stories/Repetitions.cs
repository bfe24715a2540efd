namespace GrainKeeper.Lab.Stories;

/// <summary>Tells once what is sent again and again while nothing else happens.</summary>
internal static class Repetitions
{
    /// <summary>Collapses rows in place.</summary>
    internal static void Collapse(List<StoryRow> rows)
    {
        var kept = new List<StoryRow>(rows.Count);
        foreach (var row in rows)
        {
            if (row is StoryRow.Gap gap && kept is [.., StoryRow.Gap before])
            {
                kept[^1] = before with { Time = before.Time + gap.Time, Quiet = before.Quiet + gap.Quiet };
            }
            else if (row is not StoryRow.Messages messages || !Repeats(messages, kept))
            {
                kept.Add(row);
            }
        }

        rows.Clear();
        rows.AddRange(kept);
    }

    private static bool Repeats(StoryRow.Messages row, List<StoryRow> kept)
    {
        for (var i = kept.Count - 1; i >= 0 && kept[i] is StoryRow.Messages or StoryRow.Gap; i--)
        {
            if (kept[i] is StoryRow.Messages earlier && earlier.From == row.From && earlier.Label == row.Label && Fates(earlier).SequenceEqual(Fates(row)))
            {
                kept[i] = earlier with { Times = earlier.Times + 1 };
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<(string To, string? LostBecause)> Fates(StoryRow.Messages row) => row.Legs.Select(l => (l.To, l.LostBecause)).Order();
}

using System.Globalization;
using System.Text;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Rendering;

/// <summary>A story as lines of text.</summary>
public static class TextStory
{
    private const int Width = 100;

    /// <summary>The story's head: its title and what it shows.</summary>
    /// <param name="story">The story.</param>
    public static string Head(Story story)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{story.Title}  [{story.Name}, seed {story.Seed}]");
        foreach (var paragraph in story.About)
        {
            text.AppendLine();
            Wrap(text, paragraph, "  ");
        }

        return text.ToString();
    }

    /// <summary>The story's steps, in order.</summary>
    /// <param name="story">The story.</param>
    public static IReadOnlyList<string> Steps(Story story) => [.. StoryBoard.Of(story).Select(Step)];

    /// <summary>How it ended.</summary>
    /// <param name="story">The story.</param>
    public static string End(Story story)
    {
        var failed = story.Checks.Count(c => !c.Held);
        return failed == 0
            ? $"all {story.Checks.Count()} expectations hold, after {RowWords.Time(story.Length)} s of virtual time\n"
            : $"{failed} of {story.Checks.Count()} expectations do not hold: see the lines that begin with ✗\n";
    }

    /// <summary>The whole story.</summary>
    /// <param name="story">The story.</param>
    public static string Whole(Story story) => Head(story) + string.Concat(Steps(story)) + "\n" + End(story);

    private static string Step(StorySection section)
    {
        var text = new StringBuilder();
        text.AppendLine();
        foreach (var said in section.Said)
        {
            Wrap(text, said, "▌ ");
        }

        foreach (var command in section.Commands)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  > {command.Text}");
        }

        foreach (var row in section.Rows.Where(r => r is not StoryRow.Life { Quiet: true }))
        {
            text.AppendLine(Row(row));
        }

        foreach (var check in section.Checks)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {(check.Held ? "✓" : "✗")} {check.Text}: {check.Found}{(check.Held ? "" : $" (line {check.Line})")}");
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static string Row(StoryRow row)
    {
        var time = $"{RowWords.Time(row.At),10}  ";
        return row switch
        {
            StoryRow.Messages m => $"{time}{m.From} → {string.Join(' ', m.Legs.Select(l => l.To))}: {RowWords.Label(m)}{(RowWords.Losses(m) is { Length: > 0 } losses ? $"  ✗ {losses}" : "")}",
            StoryRow.States s => string.Join('\n', s.Changes.Select(c => $"{time}{c.Who} is {c.State}{(c.Detail.Length > 0 ? $", {c.Detail}" : "")}")),
            StoryRow.Note { Kind: NoteKind.Alarm } n => $"{time}!! {n.Text}",
            StoryRow.Note n => $"{time}{string.Join(", ", n.Who)}: {n.Text}",
            StoryRow.Life l => $"{time}{l.Who} {l.Text}",
            StoryRow.Parted p => $"{time}{p.Text}",
            StoryRow.Gap g => $"{"",10}  … {RowWords.Gap(g)}",
            _ => throw new InvalidOperationException($"no words for {row}"),
        };
    }

    private static void Wrap(StringBuilder text, string paragraph, string prefix)
    {
        var line = new StringBuilder(prefix);
        foreach (var word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length + word.Length > Width && line.Length > prefix.Length)
            {
                text.Append(line.ToString().TrimEnd()).AppendLine();
                line.Clear().Append(prefix);
            }

            line.Append(word).Append(' ');
        }

        text.Append(line.ToString().TrimEnd()).AppendLine();
    }
}

using GrainKeeper.Lab.Scheduling;

namespace GrainKeeper.Lab.Stories;

/// <summary>Arranges a story for readers: steps, and in them rows. Routine is counted, repetitions are told once.</summary>
internal sealed class StoryBoard
{
    /// <summary>A pause that is worth a row of its own.</summary>
    private const long LongPause = 150 * EventLoop.Millisecond;

    /// <summary>A pause that is worth one if there is something to count.</summary>
    private const long ShortPause = 20 * EventLoop.Millisecond;

    /// <summary>What happens within so long may share a row.</summary>
    private const long Together = 5 * EventLoop.Millisecond;

    private readonly List<StorySection> _sections = [];
    private StorySection _section = new();
    private int _quiet;
    private long _last;

    private StoryBoard()
    {
    }

    /// <summary>Arranges a story.</summary>
    internal static IReadOnlyList<StorySection> Of(Story story)
    {
        var board = new StoryBoard();
        board._sections.Add(board._section);
        foreach (var happened in story.Events)
        {
            board.Take(happened);
        }

        board.TellGap(story.Length);
        board._sections.ForEach(s => Repetitions.Collapse(s.Rows));
        return board._sections;
    }

    private void Take(StoryEvent happened)
    {
        switch (happened)
        {
            case StoryEvent.Said said:
                if (_section.IsBegun)
                {
                    TellGap(said.At);
                    _section = new StorySection();
                    _sections.Add(_section);
                }

                _section.Said.Add(said.Text);
                break;
            case StoryEvent.Commanded commanded:
                _section.Commands.Add(commanded);
                break;
            case StoryEvent.Checked check:
                _section.Checks.Add(check);
                break;
            case StoryEvent.Sent { Quiet: true } or StoryEvent.Noted { Quiet: true } or StoryEvent.Changed { Quiet: true }:
                _quiet += happened is StoryEvent.Sent ? 1 : 0;
                break;
            case StoryEvent.Sent sent:
                TakeMessage(sent);
                break;
            case StoryEvent.Changed changed:
                TakeState(changed);
                break;
            case StoryEvent.Noted noted:
                TakeNote(noted);
                break;
            case StoryEvent.Started started:
                TakeLife(new StoryRow.Life(started.At, started.Who, true, started.Text, started.Quiet));
                break;
            case StoryEvent.Crashed crashed:
                TakeLife(new StoryRow.Life(crashed.At, crashed.Who, false, crashed.Text, crashed.Quiet));
                break;
            case StoryEvent.Parted parted:
                Add(new StoryRow.Parted(parted.At, parted.Text, parted.Groups));
                break;
            default:
                throw new InvalidOperationException($"no row for {happened}");
        }
    }

    private void TakeLife(StoryRow.Life row)
    {
        if (row.Quiet)
        {
            _section.Rows.Add(row);
            return;
        }

        Add(row);
    }

    private void TakeMessage(StoryEvent.Sent sent)
    {
        for (var i = _section.Rows.Count - 1; i >= 0 && _section.Rows[i].At == sent.At; i--)
        {
            if (_section.Rows[i] is StoryRow.Messages row && row.From == sent.From && row.Label == sent.Label && row.Legs.All(l => l.To != sent.To))
            {
                _section.Rows[i] = row with { Legs = [.. row.Legs, sent] };
                return;
            }
        }

        Add(new StoryRow.Messages(sent.At, sent.From, sent.Family, sent.Label, [sent], 1));
    }

    private void TakeState(StoryEvent.Changed changed)
    {
        if (_section.Rows is [.., StoryRow.States row] && changed.At - row.At <= Together && row.Changes.All(c => c.Who != changed.Who))
        {
            _section.Rows[^1] = row with { Changes = [.. row.Changes, changed] };
            return;
        }

        Add(new StoryRow.States(changed.At, [changed]));
    }

    private void TakeNote(StoryEvent.Noted noted)
    {
        // Not across a message, which may be why the next one did it.
        for (var i = _section.Rows.Count - 1; i >= 0 && noted.At - _section.Rows[i].At <= Together && _section.Rows[i] is StoryRow.Note or StoryRow.States; i--)
        {
            if (_section.Rows[i] is StoryRow.Note row && row.Text == noted.Text && !row.Who.Contains(noted.Who))
            {
                _section.Rows[i] = row with { Who = [.. row.Who, noted.Who] };
                return;
            }
        }

        Add(new StoryRow.Note(noted.At, [noted.Who], noted.Kind, noted.Text));
    }

    private void Add(StoryRow row)
    {
        TellGap(row.At);
        _section.Rows.Add(row);
        _last = row.At;
    }

    private void TellGap(long until)
    {
        if (until - _last >= (_quiet > 0 ? ShortPause : LongPause))
        {
            _section.Rows.Add(new StoryRow.Gap(_last, until - _last, _quiet));
            (_quiet, _last) = (0, until);
        }
    }
}

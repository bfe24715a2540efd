using GrainKeeper.Lab.Stories;
using static GrainKeeper.Lab.Rendering.SvgText;

namespace GrainKeeper.Lab.Rendering;

/// <summary>
/// Draws a story as a sequence chart, one picture for each step; pictures that stand one below the other join to one chart. Rows follow each other as things happened; they are as
/// high as their content, not as long as their time, which stands at the left.
/// </summary>
internal sealed class SvgChart
{
    private const double LineHeight = 14;

    private readonly ChartGeometry _geometry;
    private readonly bool[] _running;
    private IReadOnlyList<IReadOnlyList<string>> _groups = [];
    private string _timeTold = string.Empty;
    private SvgText _svg = new();
    private double _y;
    private double[] _since;
    private readonly List<(int Column, double From, double To, bool Up)> _lives = [];

    internal SvgChart(ChartGeometry geometry)
    {
        _geometry = geometry;

        // Servers start when the scenario says so; all others are there from the beginning.
        _running = [.. geometry.Cast.Select(c => c.Role is not ("server" or "observer"))];
        _since = new double[geometry.Cast.Count];
    }

    /// <summary>The row of names above the chart.</summary>
    internal string Head()
    {
        var svg = new SvgText();
        var (size, height) = (_geometry.IsNarrow ? 10.0 : 13.0, _geometry.IsNarrow ? 30.0 : 40.0);
        Begin(svg, height);
        foreach (var member in _geometry.Cast)
        {
            var x = _geometry.X(member.Name);
            svg.Rectangle($"name role-{member.Role}", x - (_geometry.Column / 2) + 3, 3, _geometry.Column - 6, height - 6, 6);
            var fits = ChartGeometry.WidthOf(member.Name, size) <= _geometry.Column - 8;
            var name = ChartGeometry.Break(fits ? member.Name : Short(member), _geometry.Column - 8, size, 1)[0];
            svg.Text("name-text", x, 19, "middle", size, name);
            if (!_geometry.IsNarrow)
            {
                svg.Text("role-text", x, 31, "middle", 9.5, member.Role);
            }
        }

        svg.Close("svg");
        return svg.ToString();
    }

    /// <summary>A name for a narrow column that still tells acceptors apart.</summary>
    private static string Short(CastMember member) => member.Role switch
    {
        "coordinator" => "coord",
        "acceptor" => "acc" + member.Name[^1],
        _ => member.Name,
    };

    /// <summary>A step's picture; the steps must be drawn in order.</summary>
    internal string Draw(StorySection section)
    {
        _svg = new SvgText();
        _y = 6;
        _since = new double[_since.Length];
        _lives.Clear();
        var bands = new List<(double From, double To, IReadOnlyList<IReadOnlyList<string>> Groups)>();
        var (bandFrom, groups) = (0.0, _groups);
        foreach (var row in section.Rows)
        {
            Draw(row);
            if (row is StoryRow.Parted)
            {
                bands.Add((bandFrom, _y - 8, groups));
                (bandFrom, groups) = (_y - 8, _groups);
            }
        }

        _y += 8;
        bands.Add((bandFrom, _y, groups));
        for (var i = 0; i < _running.Length; i++)
        {
            _lives.Add((i, _since[i], _y, _running[i]));
        }

        var whole = new SvgText();
        Begin(whole, _y);
        DrawBands(whole, bands);
        foreach (var (column, from, to, up) in _lives)
        {
            whole.Line(up ? "life" : "life down", _geometry.X(column), from, _geometry.X(column), to);
        }

        whole.Append(_svg);
        whole.Close("svg");
        return whole.ToString();
    }

    /// <summary>Lifelines down to the end of a step whose words are longer than its picture.</summary>
    internal string Filler()
    {
        var svg = new SvgText();
        svg.Open(
            "svg",
            ("class", _geometry.IsNarrow ? "filler narrow" : "filler wide"),
            ("viewBox", $"0 0 {Number(_geometry.Width)} 10"),
            ("width", Number(_geometry.Width)),
            ("height", "0"),
            ("preserveAspectRatio", "none"));
        DrawBands(svg, [(0, 10, _groups)]);
        for (var i = 0; i < _running.Length; i++)
        {
            svg.Line(_running[i] ? "life" : "life down", _geometry.X(i), 0, _geometry.X(i), 10);
        }

        svg.Close("svg");
        return svg.ToString();
    }

    private void Begin(SvgText svg, double height) => svg.Open(
        "svg",
        ("class", _geometry.IsNarrow ? "chart narrow" : "chart wide"),
        ("viewBox", $"0 0 {Number(_geometry.Width)} {Number(height)}"),
        ("width", Number(_geometry.Width)),
        ("height", Number(height)),
        ("role", "img"),
        ("aria-label", "sequence chart"));

    private void DrawBands(SvgText svg, List<(double From, double To, IReadOnlyList<IReadOnlyList<string>> Groups)> bands)
    {
        foreach (var (from, to, groups) in bands)
        {
            for (var g = 0; g < groups.Count; g++)
            {
                foreach (var name in groups[g])
                {
                    svg.Rectangle($"side side-{g % 3}", _geometry.X(name) - (_geometry.Column / 2), from, _geometry.Column, to - from);
                }
            }
        }
    }

    private void Draw(StoryRow row)
    {
        if (row is not (StoryRow.Gap or StoryRow.Life { Quiet: true }))
        {
            DrawTime(row.At);
        }

        switch (row)
        {
            case StoryRow.Messages messages:
                DrawMessages(messages);
                break;
            case StoryRow.States states:
                DrawStates(states);
                break;
            case StoryRow.Note note:
                DrawNote(note);
                break;
            case StoryRow.Life life:
                DrawLife(life);
                break;
            case StoryRow.Parted parted:
                DrawParted(parted);
                break;
            case StoryRow.Gap gap:
                _svg.Line("gap", _geometry.Left, _y + 9, _geometry.Width - 2, _y + 9);
                Plate(RowWords.Gap(gap), "gap-text", (_geometry.Width + _geometry.Left) / 2, _y + 13, _geometry.FontSize - 1);
                _y += 24;
                break;
            default:
                throw new InvalidOperationException($"no picture for {row}");
        }
    }

    private void DrawTime(long at)
    {
        var time = RowWords.Time(at);
        if (time != _timeTold)
        {
            _svg.Text("time", _geometry.Left - 8, _y + 12, "end", _geometry.IsNarrow ? 8 : 10.5, time);
            _timeTold = time;
        }
    }

    private void DrawMessages(StoryRow.Messages row)
    {
        var from = _geometry.X(row.From);
        var far = row.Legs.Select(l => _geometry.X(l.To)).MaxBy(x => Math.Abs(x - from));
        var lines = ChartGeometry.Break(RowWords.Label(row), _geometry.Width - _geometry.Left - 8, _geometry.FontSize, 3);
        foreach (var line in lines)
        {
            Plate(line, $"label f-{Family(row.Family)}", (from + far) / 2, _y + 12, _geometry.FontSize);
            _y += LineHeight;
        }

        var y = _y + 5;
        foreach (var leg in row.Legs.OrderByDescending(l => Math.Abs(_geometry.X(l.To) - from)))
        {
            DrawLeg(leg, from, y, Family(row.Family));
        }

        _svg.Circle($"tail f-{Family(row.Family)}", from, y, 2.2);
        _y += 21;
    }

    private void DrawLeg(StoryEvent.Sent leg, double from, double y, string family)
    {
        var to = _geometry.X(leg.To);
        var (direction, end) = (Math.Sign(to - from), y + 7);
        _svg.Open("g");
        var fate = leg.LostBecause is not null ? $"lost: {leg.LostBecause}" : leg.ArrivedAt is { } arrived ? $"arrives at {RowWords.Time(arrived)}" : "still under way at the end";
        _svg.Title($"{leg.From} → {leg.To}: {leg.Label} ({fate})");
        if (leg.LostBecause is not null)
        {
            // Down: it reaches the place and finds nobody. Otherwise it is lost on the way.
            var share = leg.LostBecause.EndsWith(" is down", StringComparison.Ordinal) ? 1.0 : 0.55;
            var (x, at) = (from + ((to - from) * share) - (share < 1 ? 0 : direction * 8), y + (7 * share));
            _svg.Line("arrow lost", from, y, x, at);
            _svg.Path("cross", $"M{Number(x - 4)} {Number(at - 4)}l8 8m0 -8l-8 8");
        }
        else
        {
            _svg.Line($"arrow f-{family}", from, y, to - (direction * 2), end);
            _svg.Path($"head f-{family}", $"M{Number(to - (direction * 1))} {Number(end)}l{Number(-direction * 8)} -4.5l0 8z");
        }

        _svg.Close("g");
    }

    private void DrawStates(StoryRow.States row)
    {
        var small = _geometry.FontSize - (_geometry.IsNarrow ? 3.2 : 1.8);
        var width = _geometry.Column - (_geometry.IsNarrow ? 2 : 8);
        var details = row.Changes.Select(c => c.Detail.Length == 0 ? [] : ChartGeometry.Break(c.Detail, width - 4, small, 3)).ToArray();
        var height = 18 + (details.Max(d => d.Count) * (small + 2.5));
        foreach (var (change, detail) in row.Changes.Zip(details))
        {
            var x = _geometry.X(change.Who);
            var own = 18 + (detail.Count * (small + 2.5));
            _svg.Open("g");
            _svg.Title($"{change.Who}: {change.State} {change.Detail}");
            _svg.Rectangle($"state m-{change.Mood.ToString().ToLowerInvariant()}", x - (width / 2), _y + 2, width, own, 5);
            var size = Math.Min(_geometry.FontSize - 1, (_geometry.FontSize - 1) * (width - 4) / Math.Max(1, ChartGeometry.WidthOf(change.State, _geometry.FontSize - 1)));
            _svg.Text("state-text", x, _y + 14, "middle", size, change.State);
            for (var i = 0; i < detail.Count; i++)
            {
                _svg.Text("state-detail", x, _y + 14 + ((i + 1) * (small + 2.5)), "middle", small, detail[i]);
            }

            _svg.Close("g");
        }

        _y += height + 8;
    }

    private void DrawNote(StoryRow.Note row)
    {
        var style = $"n-{row.Kind.ToString().ToLowerInvariant()}";
        foreach (var who in row.Who)
        {
            DrawMark(row.Kind, style, _geometry.X(who), _y + 8);
        }

        Beside(row.Who, row.Text, $"note {style}");
        _y += 6;
    }

    /// <summary>Writes beside a lifeline, where there is more room.</summary>
    private void Beside(IReadOnlyList<string> who, string text, string style)
    {
        var (first, last) = (who.Min(_geometry.X), who.Max(_geometry.X));
        var right = _geometry.Width - last >= first - _geometry.Left;
        var room = right ? _geometry.Width - last - 14 : first - _geometry.Left - 14;
        foreach (var line in ChartGeometry.Break(text, room * 0.94, _geometry.FontSize - 0.5, 4))
        {
            var width = ChartGeometry.WidthOf(line, _geometry.FontSize - 0.5);
            var x = right ? last + 10 : first - 10;
            _svg.Rectangle("plate", right ? x - 2 : x - width - 2, _y + 1, width + 4, LineHeight);
            _svg.Text(style, x, _y + 12, right ? "start" : "end", _geometry.FontSize - 0.5, line);
            _y += LineHeight;
        }
    }

    private void DrawMark(NoteKind kind, string style, double x, double y)
    {
        switch (kind)
        {
            case NoteKind.Log:
                _svg.Path($"mark {style}", $"M{Number(x - 5)} {Number(y - 5)}h10v10h-10z");
                break;
            case NoteKind.Lock:
                _svg.Path($"mark {style}", $"M{Number(x - 5)} {Number(y)}h10v6h-10z");
                _svg.Path($"shackle {style}", $"M{Number(x - 3)} {Number(y)}v-2a3 3 0 0 1 6 0v2");
                break;
            case NoteKind.Decision or NoteKind.Alarm:
                _svg.Path($"mark {style}", $"M{Number(x)} {Number(y - 7)}l7 7l-7 7l-7 -7z");
                break;
            default:
                _svg.Circle($"mark {style}", x, y, 4);
                break;
        }
    }

    private void DrawLife(StoryRow.Life row)
    {
        var (column, x, at) = (_geometry.ColumnOf(row.Who), _geometry.X(row.Who), row.Quiet ? _y : _y + 9);
        _lives.Add((column, _since[column], at, _running[column]));
        (_running[column], _since[column]) = (row.Up, at);
        if (row.Quiet)
        {
            return;
        }

        if (row.Up)
        {
            _svg.Circle("birth", x, _y + 9, 6);
        }
        else
        {
            _svg.Path("death", $"M{Number(x - 7)} {Number(_y + 2)}l14 14m0 -14l-14 14");
        }

        Beside([row.Who], row.Text, row.Up ? "note life-text" : "note death-text");
        _y += 8;
    }

    private void DrawParted(StoryRow.Parted row)
    {
        _groups = row.Groups;
        foreach (var line in ChartGeometry.Break(row.Text, _geometry.Width - _geometry.Left - 10, _geometry.FontSize, 3))
        {
            Plate(line, "parted-text", (_geometry.Width + _geometry.Left) / 2, _y + 12, _geometry.FontSize);
            _y += LineHeight;
        }

        _svg.Line(row.Groups.Count > 0 ? "parted" : "healed", _geometry.Left, _y + 5, _geometry.Width - 2, _y + 5);
        _y += 16;
    }

    /// <summary>A text on a plate of the background's colour, so that lifelines do not cross it; moved so that it stays in the picture.</summary>
    private void Plate(string text, string style, double middle, double baseline, double size)
    {
        var width = ChartGeometry.WidthOf(text, size);
        var x = Math.Clamp(middle, _geometry.Left + (width / 2), Math.Max(_geometry.Left + (width / 2), _geometry.Width - (width / 2) - 2));
        _svg.Rectangle("plate", x - (width / 2) - 2, baseline - size + 1, width + 4, size + 3);
        _svg.Text(style, x, baseline, "middle", size, text);
    }

    private static string Family(MessageFamily family) => family.ToString().ToLowerInvariant();
}

using System.Globalization;
using System.Reflection;
using System.Text;
using GrainKeeper.Lab.Stories;
using static GrainKeeper.Lab.Rendering.SvgText;

namespace GrainKeeper.Lab.Rendering;

/// <summary>A story as one page that needs nothing else: narration beside a sequence chart, for screens and phones, light and dark.</summary>
public static class HtmlStory
{
    /// <summary>The page.</summary>
    /// <param name="story">The story.</param>
    public static string Whole(Story story)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
        page.Append(CultureInfo.InvariantCulture, $"<title>{Encode(story.Title)}</title>\n<style>\n{Resource("page.css")}</style>\n</head>\n<body>\n");
        AppendHead(page, story);
        AppendSteps(page, story);
        AppendEnd(page, story);
        page.Append("<script>\n").Append(Resource("page.js")).Append("</script>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static void AppendHead(StringBuilder page, Story story)
    {
        page.Append("<header class=\"top\">\n");
        page.Append(CultureInfo.InvariantCulture, $"<h1>{Encode(story.Title)}</h1>\n");
        foreach (var paragraph in story.About)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"about\">{Encode(paragraph)}</p>\n");
        }

        var failed = story.Checks.Count(c => !c.Held);
        page.Append("<p class=\"facts\">");
        page.Append(failed == 0
            ? $"<span class=\"badge good\">{story.Checks.Count()} expectations hold</span>"
            : $"<span class=\"badge bad\">{failed} of {story.Checks.Count()} expectations do not hold</span>");
        page.Append(CultureInfo.InvariantCulture, $" <span>{RowWords.Time(story.Length)} s of virtual time</span> <span>seed {story.Seed}</span></p>\n");
        AppendLegend(page, story);
        page.Append("</header>\n");
    }

    private static void AppendLegend(StringBuilder page, Story story)
    {
        var families = story.Events.OfType<StoryEvent.Sent>().Where(s => !s.Quiet).Select(s => s.Family).Distinct().Order();
        page.Append("<ul class=\"legend\">");
        foreach (var family in families)
        {
            var words = family switch
            {
                MessageFamily.Election => "election",
                MessageFamily.Broadcast => "ZAB",
                MessageFamily.Client => "client",
                _ => "atomic commit",
            };
            page.Append(CultureInfo.InvariantCulture, $"<li><i class=\"key f-{family.ToString().ToLowerInvariant()}\"></i>{words}</li>");
        }

        page.Append("<li><i class=\"key lost\"></i>lost</li><li>■ log</li><li>◆ decision</li><li>times at the left in seconds; rows are not to scale</li></ul>\n");
    }

    private static void AppendSteps(StringBuilder page, Story story)
    {
        var wide = new SvgChart(ChartGeometry.Wide(story.Cast));
        var narrow = new SvgChart(ChartGeometry.Narrow(story.Cast));
        page.Append(CultureInfo.InvariantCulture, $"<main>\n<div class=\"names\"><nav><button id=\"back\" type=\"button\">‹ back</button><button id=\"next\" type=\"button\">next step ›</button></nav><div>{wide.Head()}{narrow.Head()}</div></div>\n");
        var number = 0;
        foreach (var section in StoryBoard.Of(story))
        {
            page.Append(CultureInfo.InvariantCulture, $"<section id=\"step-{++number}\">\n<div class=\"words\"><div class=\"stay\">\n<a class=\"number\" href=\"#step-{number}\">{number}</a>\n");
            foreach (var said in section.Said)
            {
                page.Append(CultureInfo.InvariantCulture, $"<p>{Encode(said)}</p>\n");
            }

            AppendLines(page, "commands", section.Commands.Select(c => $"<li>{Encode(c.Text)}</li>"));
            AppendLines(page, "checks", section.Checks.Select(c =>
                $"<li class=\"{(c.Held ? "held" : "failed")}\" title=\"{Encode(c.Text)}, line {c.Line.ToString(CultureInfo.InvariantCulture)}\">{Encode(c.Held ? c.Found : $"{c.Text}, but {c.Found}")}</li>"));
            page.Append(CultureInfo.InvariantCulture, $"</div></div>\n<div class=\"picture\">{wide.Draw(section)}{wide.Filler()}{narrow.Draw(section)}</div>\n</section>\n");
        }

        page.Append("</main>\n");
    }

    private static void AppendLines(StringBuilder page, string style, IEnumerable<string> items)
    {
        var all = string.Concat(items);
        if (all.Length > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"<ul class=\"{style}\">{all}</ul>\n");
        }
    }

    private static void AppendEnd(StringBuilder page, Story story) => page.Append(
        CultureInfo.InvariantCulture,
        $"<footer><p>Told by GrainKeeper's laboratory, which runs the servers' own cores in virtual time. Replay: <code>gk lab run {Encode(story.Name)} --seed {story.Seed}</code>. Change it: <code>gk lab show {Encode(story.Name)}</code>.</p></footer>\n");

    private static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not built in");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

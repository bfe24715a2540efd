using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using GrainKeeper.Lab.Rendering;
using GrainKeeper.Lab.Running;
using GrainKeeper.Lab.Scenarios;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Tests;

public sealed class HtmlStoryTests
{
    public static TheoryData<string> Names => [.. BuiltInScenarios.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_is_well_formed_needs_nothing_else_and_leaves_nothing_out(string name)
    {
        var story = Laboratory.Run(BuiltInScenarios.Load(name), 1);
        var html = HtmlStory.Whole(story);
        var page = Read(html);
        Assert.DoesNotContain("http", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", html, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", html, StringComparison.Ordinal);

        var words = page.Descendants("p").Select(p => p.Value).ToHashSet();
        Assert.All(story.Events.OfType<StoryEvent.Said>(), s => Assert.Contains(s.Text, words));
        Assert.Equal(story.Checks.Count(), page.Descendants("li").Count(l => (string?)l.Attribute("class") is "held" or "failed"));
        foreach (var kind in new[] { "chart wide", "chart narrow" })
        {
            var charts = page.Descendants("svg").Where(s => (string?)s.Attribute("class") == kind).ToList();
            var told = charts.SelectMany(c => c.Descendants("title")).Select(t => t.Value).ToHashSet();
            Assert.All(
                story.Events.OfType<StoryEvent.Sent>().Where(s => !s.Quiet && s.ArrivedAt is not null),
                s => Assert.Contains(told, t => t.StartsWith($"{s.From} → {s.To}: {s.Label} (arrives at", StringComparison.Ordinal)));
            Assert.All(story.Events.OfType<StoryEvent.Changed>().Where(c => !c.Quiet), c => Assert.Contains($"{c.Who}: {c.State} {c.Detail}", told));
            Assert.Equal(story.Events.Count(e => e is StoryEvent.Crashed { Quiet: false }), charts.Sum(c => c.Descendants("path").Count(p => (string?)p.Attribute("class") == "death")));
            Assert.All(charts, AssertInside);
        }
    }

    [Fact]
    public void Texts_of_a_scenario_cannot_break_the_page()
    {
        var story = Laboratory.Run(ScenarioParser.Parse("x", "title <script>alert(1)</script>\nservers 1\nclients ann\nstart 1\nsay \"a\" & <b>\nconnect ann to 1\nrun 1s\nann create /a <i>\"&amp;\nrun 1s\nexpect ann ok"), 1);
        var page = Read(HtmlStory.Whole(story));
        Assert.Equal("<script>alert(1)</script>", page.Descendants("h1").Single().Value);
        Assert.Single(page.Descendants("script"));
        Assert.Empty(page.Descendants("b"));
        Assert.True(story.Holds);
    }

    [Fact]
    public void Columns_that_are_too_narrow_for_a_name_still_tell_acceptors_apart()
    {
        var page = Read(HtmlStory.Whole(Laboratory.Run(BuiltInScenarios.Load("paxos-commit"), 1)));
        string[] HeadOf(string kind) =>
            [.. page.Descendants("svg").First(s => (string?)s.Attribute("class") == kind).Descendants("text").Where(t => (string?)t.Attribute("class") == "name-text").Select(t => t.Value)];
        Assert.Equal(["coord", "a", "b", "c", "acc1", "acc2", "acc3"], HeadOf("chart narrow"));
        Assert.Equal(["coordinator", "a", "b", "c", "acceptor1", "acceptor2", "acceptor3"], HeadOf("chart wide"));
    }

    [Fact]
    public void A_failed_expectation_shows()
    {
        var story = Laboratory.Run(ScenarioParser.Parse("x", "title t\nservers 3\nstart 1\nexpect leader 1"), 1);
        var page = Read(HtmlStory.Whole(story));
        Assert.Equal("expect leader 1, but no server leads", page.Descendants("li").Single(l => (string?)l.Attribute("class") == "failed").Value);
        Assert.Contains("1 of 1 expectations do not hold", page.ToString(), StringComparison.Ordinal);
    }

    private static XDocument Read(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }

    private static void AssertInside(XElement chart)
    {
        var size = ((string)chart.Attribute("viewBox")!).Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        foreach (var text in chart.Descendants("text"))
        {
            Assert.InRange((double)text.Attribute("x")!, 0, size[2]);
            Assert.InRange((double)text.Attribute("y")!, 0, size[3]);
        }
    }
}

using GrainKeeper.Lab.Rendering;
using GrainKeeper.Lab.Running;
using GrainKeeper.Lab.Scenarios;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Tests;

public sealed class BuiltInScenarioTests
{
    public static TheoryData<string> Names => [.. BuiltInScenarios.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_built_in_scenario_holds_whatever_the_seed(string name)
    {
        var scenario = BuiltInScenarios.Load(name);
        for (var seed = 1L; seed <= 20; seed++)
        {
            var story = Laboratory.Run(scenario, seed);
            Assert.True(story.Holds, $"gk lab run {name} --seed {seed}\n" + string.Join('\n', story.Checks.Where(c => !c.Held).Select(c => $"line {c.Line}: {c.Text}: {c.Found}")));
            Assert.NotEmpty(story.Checks);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_seed_tells_the_same_story_again_and_another_seed_another(string name)
    {
        var scenario = BuiltInScenarios.Load(name);
        var told = JsonStory.Whole(Laboratory.Run(scenario, 7));
        Assert.Equal(told, JsonStory.Whole(Laboratory.Run(ScenarioParser.Parse(name, BuiltInScenarios.Text(name)!), 7)));
        Assert.NotEqual(told, JsonStory.Whole(Laboratory.Run(scenario, 8)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_story_is_short_enough_to_be_read(string name)
    {
        var rows = StoryRows(Laboratory.Run(BuiltInScenarios.Load(name), 1));
        Assert.InRange(rows, 10, 250);
    }

    [Fact]
    public void Every_scenario_that_is_built_in_is_listed()
    {
        var files = typeof(BuiltInScenarios).Assembly.GetManifestResourceNames().Where(n => n.EndsWith(".lab", StringComparison.Ordinal)).Select(n => n[..^4]);
        Assert.Equal(files.Order(StringComparer.Ordinal), BuiltInScenarios.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_five_server_story_is_told_as_the_document_has_it()
    {
        var story = Laboratory.Run(BuiltInScenarios.Load("five-servers"), 1);
        var states = story.Events.OfType<StoryEvent.Changed>().Where(c => c.State is "LEADING" or "FOLLOWING").Select(c => (c.Who, c.State)).Distinct().ToList();
        Assert.Equal([("1", "FOLLOWING"), ("2", "FOLLOWING"), ("3", "LEADING"), ("4", "FOLLOWING"), ("5", "FOLLOWING")], states.Order());
        Assert.Contains(story.Events.OfType<StoryEvent.Noted>(), n => n.Who == "3" && n.Text == "elects 3 in round 1: backed by 3 of 5 (1, 2, 3)");
    }

    private static int StoryRows(Story story) => TextStory.Steps(story).Sum(s => s.Split('\n').Length);
}

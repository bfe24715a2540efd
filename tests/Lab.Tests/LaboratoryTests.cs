using GrainKeeper.Lab.Running;
using GrainKeeper.Lab.Scenarios;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Tests;

public sealed class LaboratoryTests
{
    [Theory]
    [InlineData("servers 3", "start 1\nstart 1", "line 4: server 1 runs already")]
    [InlineData("servers 3", "crash 1", "line 3: 1 does not run")]
    [InlineData("participants a", "start a", "line 3: a runs already")]
    [InlineData("participants a", "crash coordinator\ntransaction t 2pc", "line 4: the coordinator does not run")]
    [InlineData("servers 3", "run 400s\nrun 300s", "line 4: the run would take more than 600 s")]
    public void A_line_that_cannot_be_carried_out_is_named_with_its_remedy(string top, string lines, string message) =>
        Assert.Contains(message, Assert.Throws<ScenarioException>(() => Run($"{top}\n{lines}")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_client_that_asks_must_have_a_server() =>
        Assert.Contains("write 'connect ann to 1' before", Assert.Throws<ScenarioException>(() => Run("servers 3\nclients ann\nann get /a")).Message, StringComparison.Ordinal);

    [Fact]
    public void An_expectation_that_does_not_hold_says_what_is()
    {
        var story = Run("servers 3\nstart all\nawait leader 3 within 5s\nexpect leader 2\nexpect 1 looking\nexpect epoch 2");
        Assert.False(story.Holds);
        Assert.Equal(
            [(5, "server 3 leads"), (6, "1 is following"), (7, "server 3 leads in epoch 1")],
            story.Checks.Where(c => !c.Held).Select(c => (c.Line, c.Found)));
    }

    [Fact]
    public void Waiting_ends_when_the_time_is_over()
    {
        var story = Run("servers 3\nstart 1\nawait leader any within 2s");
        Assert.Equal(("no server leads", false, 2_000_000L), (story.Checks.Single().Found, story.Holds, story.Length));
    }

    [Fact]
    public void A_crash_that_was_planned_and_never_came_does_not_hold()
    {
        var story = Run("participants a b\ncrash coordinator before forces comit\ntransaction t 2pc\nrun 1s\nexpect caller t committed");
        Assert.False(story.Holds);
        Assert.Contains("it never came to that", story.Checks.Single(c => !c.Held).Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_dies_at_the_action_that_was_named_and_what_it_forced_before_survives()
    {
        var story = Run("participants a b\ncrash a after forces prepared\ntransaction t 2pc\nrun 500ms\nstart a\nrun 1s\nexpect caller t aborted\nexpect a free");
        Assert.Contains(story.Events.OfType<StoryEvent.Crashed>(), c => c is { Who: "a" } && c.Text.StartsWith("crashes after: forces prepared", StringComparison.Ordinal));
    }

    [Fact]
    public void Dropped_messages_are_lost_and_no_others()
    {
        var story = Run("participants a b\ndrop next 2 coordinator -> b Prepare\ntransaction t 2pc\nrun 5s\nexpect caller t committed");
        Assert.True(story.Holds);
        var lost = story.Events.OfType<StoryEvent.Sent>().Where(s => s.LostBecause is not null).ToList();
        Assert.Equal([("coordinator", "b", "Prepare"), ("coordinator", "b", "Prepare")], lost.Select(l => (l.From, l.To, l.Label)));
        Assert.All(lost, l => Assert.Null(l.ArrivedAt));
    }

    [Fact]
    public void A_partition_lets_only_its_groups_talk_and_healing_ends_it()
    {
        var story = Run("servers 3\nstart all\nawait leader 3 within 5s\npartition 1 | 2 3\nrun 5s\nexpect 1 looking\nexpect leader 3\nheal\nawait 1 following within 20s");
        Assert.True(story.Holds, string.Join('\n', story.Checks.Select(c => c.Found)));
        var parted = story.Events.OfType<StoryEvent.Parted>().ToList();
        Assert.Equal(2, parted.Count);
        Assert.All(
            story.Events.OfType<StoryEvent.Sent>().Where(s => s.At >= parted[0].At && s.At < parted[1].At),
            s => Assert.Equal(s.From == "1" || s.To == "1", s.LostBecause is not null));
    }

    [Theory]
    [InlineData("five-servers", 0)]
    [InlineData("five-servers", 2)]
    [InlineData("leader-crash", 0)]
    [InlineData("leader-crash", 2)]
    public void The_other_elections_tell_the_same_stories(string name, int algorithm)
    {
        var text = BuiltInScenarios.Text(name)!.Replace("servers 5", $"servers 5\nalgorithm {algorithm}", StringComparison.Ordinal);
        for (var seed = 1; seed <= 5; seed++)
        {
            var story = Laboratory.Run(ScenarioParser.Parse(name, text), seed);
            Assert.True(story.Holds, $"{name}, algorithm {algorithm}, seed {seed}: " + string.Join('\n', story.Checks.Where(c => !c.Held).Select(c => $"{c.Text}: {c.Found}")));
        }
    }

    [Fact]
    public void What_is_hidden_is_counted_and_how_things_stand_is_told_when_it_ends()
    {
        var story = Run("servers 3\nhide\nstart all\nawait leader 3 within 5s\nrun 1s\nshow\nrun 100ms");
        Assert.All(story.Events.OfType<StoryEvent.Started>(), s => Assert.True(s.Quiet));
        Assert.Equal(
            [("1", "FOLLOWING"), ("2", "FOLLOWING"), ("3", "LEADING")],
            story.Events.OfType<StoryEvent.Changed>().Where(c => !c.Quiet).Select(c => (c.Who, c.State)));
        var text = Rendering.TextStory.Whole(story);
        Assert.Contains("messages not shown", text, StringComparison.Ordinal);
        Assert.DoesNotContain("→", text, StringComparison.Ordinal);
        Assert.DoesNotContain("LOOKING", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_sent_again_and_again_is_told_once()
    {
        var text = Rendering.TextStory.Whole(Run("participants a b\ncrash coordinator before forces commit\ntransaction t 2pc\nrun 8s"));
        Assert.Contains("a → coordinator: Inquiry: what is the decision? (sent 3 times)  ✗ coordinator down", text, StringComparison.Ordinal);
        Assert.Equal(2, text.Split("Inquiry").Length - 1);
    }

    [Fact]
    public void A_story_has_a_limit()
    {
        var error = Assert.Throws<StoryTooLongException>(() => Run("servers 9\nobservers 5\nstart all\nrun 600s"));
        Assert.Contains("20000 events", error.Message, StringComparison.Ordinal);
    }

    private static Story Run(string lines) => Laboratory.Run(ScenarioParser.Parse("test", "title t\n" + lines), 1);
}

using GrainKeeper.Lab.Scenarios;

namespace GrainKeeper.Lab.Tests;

public sealed class ScenarioParserTests
{
    private const string Top = "title t\nservers 3\nobservers 1\nclients ann\nparticipants a b\nacceptors 3\n";

    [Fact]
    public void A_file_says_who_takes_part()
    {
        var scenario = ScenarioParser.Parse("mine", "# a comment\ntitle  My story\nabout One.\nabout Two.\n\nservers 3\nobservers 1\nalgorithm 0\nread-only\nclients ann bob\nparticipants a b\nacceptors 3\nsay hello\r\n");
        Assert.Equal(("mine", "My story", 3, 1, 0, true, 3), (scenario.Name, scenario.Title, scenario.Servers, scenario.Observers, scenario.Algorithm, scenario.ReadOnlyMode, scenario.Acceptors));
        Assert.Equal(["One.", "Two."], scenario.About);
        Assert.Equal(["ann", "bob", "1", "2", "3", "4", "coordinator", "a", "b", "acceptor1", "acceptor2", "acceptor3"], scenario.Cast.Select(c => c.Name));
    }

    [Theory]
    [InlineData("jump 1", "'jump' is no command")]
    [InlineData("start", "ends where process should stand")]
    [InlineData("start 9", "'9' is no process of this scenario: choose among 1, 2, 3, 4, coordinator, a, b, acceptor1, acceptor2, acceptor3")]
    [InlineData("run", "ends where time should stand")]
    [InlineData("run 5", "write for example 500ms or 2s")]
    [InlineData("run 601s", "at most 600s")]
    [InlineData("run 99999999999s", "at most 600s")]
    [InlineData("run 1s 2s", "'2s' is too much at the end")]
    [InlineData("partition 1 2 3", "one group is no partition")]
    [InlineData("partition 1 | 1 2", "'1' stands in two groups")]
    [InlineData("partition 1 |", "a group is empty")]
    [InlineData("drop 1 2", "'->' should stand before '2'")]
    [InlineData("drop next 0 1 -> 2", "'0' is no number of messages: give 1 to 1000")]
    [InlineData("slow 1 -> 2 fast", "'fast' is no delay")]
    [InlineData("crash a before", "ends where an action")]
    [InlineData("connect ann 1", "'to' should stand before '1'")]
    [InlineData("connect ann to a", "'a' is no server of this scenario: choose among 1, 2, 3, 4")]
    [InlineData("ann eat /a", "choose among create, set, get, delete and sync")]
    [InlineData("ann get a", "'a' is no path")]
    [InlineData("ann create /a", "ends where data should stand")]
    [InlineData("transaction t1 4pc", "choose among 2pc, 3pc and paxos")]
    [InlineData("transaction t1 2pc no c", "'c' is no participant of this scenario: choose among a, b")]
    [InlineData("transaction t1 2pc\ntransaction t1 2pc", "each name once")]
    [InlineData("expect rain", "'rain' is nothing to expect")]
    [InlineData("expect 1 happy", "choose among looking, following, leading, observing, down")]
    [InlineData("expect ann happy", "choose among ok, refused, unknown, unavailable, waiting")]
    [InlineData("expect a happy", "choose among initial, preparing, in-doubt, committed, aborted, down")]
    [InlineData("expect caller t9 committed", "the scenario has no transaction")]
    [InlineData("expect leader 7", "'7' is no server of this scenario")]
    [InlineData("await leader 1", "write 'await … within 10s'")]
    [InlineData("say", "ends where a text should stand")]
    [InlineData("start 1\nservers 5", "write it before line 7")]
    [InlineData("say a\u0007b", "control character")]
    public void A_line_that_cannot_be_read_is_named_with_its_remedy(string lines, string message)
    {
        var error = Assert.Throws<ScenarioException>(() => ScenarioParser.Parse("x", Top + lines));
        Assert.Equal(6 + lines.Split('\n').Length, error.Line);
        Assert.StartsWith($"line {error.Line}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("servers 3", "the scenario has no title")]
    [InlineData("title t", "nobody takes part")]
    [InlineData("title t\nservers 10", "'10' is no number of servers: give 1 to 9")]
    [InlineData("title t\nservers 3\nservers 5", "'servers' stands twice")]
    [InlineData("title t\nalgorithm 1", "election algorithm 1 is not offered")]
    [InlineData("title t\nacceptors 2", "an odd number")]
    [InlineData("title t\nclients Ann", "'Ann' is no name for a client")]
    [InlineData("title t\nclients ann ann", "the name 'ann' is taken")]
    [InlineData("title t\nparticipants coordinator", "the name 'coordinator' is taken")]
    [InlineData("title t\nclients a b c d e f", "6 clients: name 1 to 5")]
    [InlineData("title t\nservers 1\ntransaction t1 2pc", "needs participants")]
    [InlineData("title t\nparticipants a\ntransaction t1 paxos", "needs acceptors")]
    public void A_top_that_cannot_be_read_is_named_with_its_remedy(string text, string message) =>
        Assert.Contains(message, Assert.Throws<ScenarioException>(() => ScenarioParser.Parse("x", text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Files_and_lines_have_limits()
    {
        Assert.Contains("65536 bytes", Fails("#" + new string('x', Scenario.MaxBytes)), StringComparison.Ordinal);
        Assert.Contains("500 lines", Fails(Top + new string('\n', Scenario.MaxLines)), StringComparison.Ordinal);
        Assert.Contains("at most 1000", Fails(Top + "say " + new string('x', 1_000)), StringComparison.Ordinal);
    }

    private static string Fails(string text) => Assert.Throws<ScenarioException>(() => ScenarioParser.Parse("x", text)).Message;
}

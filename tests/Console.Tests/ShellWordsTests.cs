using GrainKeeper.Console.Commands;
using GrainKeeper.Console.Shell;

namespace GrainKeeper.Console.Tests;

public sealed class ShellWordsTests
{
    [Theory]
    [InlineData("ls", "ls")]
    [InlineData("  set  /a   b ", "set|/a|b")]
    [InlineData("set /a 'two words'", "set|/a|two words")]
    [InlineData("set /a \"two \\\"words\\\"\"", "set|/a|two \"words\"")]
    [InlineData("set /a '{\"x\": 1}'", "set|/a|{\"x\": 1}")]
    [InlineData("set /a ''", "set|/a|")]
    [InlineData("set /a 'a'\"b\"c", "set|/a|abc")]
    [InlineData("set /a a\\ b", "set|/a|a b")]
    [InlineData("set /a 'a\\b'", "set|/a|a\\b")]
    [InlineData("ls /a # nodes", "ls|/a")]
    [InlineData("set /a b#c", "set|/a|b#c")]
    [InlineData("# nothing", "")]
    [InlineData(" ", "")]
    public void A_line_is_parted_as_in_other_shells(string line, string words) =>
        Assert.Equal(words.Length == 0 ? [] : words.Split('|'), ShellWords.Split(line));

    [Fact]
    public void A_quote_that_is_not_closed_is_an_error() => Assert.Equal("a quote ' is not closed", Assert.Throws<UsageException>(() => ShellWords.Split("set /a 'b")).Message);
}

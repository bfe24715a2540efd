using GrainKeeper.Console.Shell;

namespace GrainKeeper.Console.Tests;

public sealed class EditedLineTests
{
    private readonly EditedLine _line = new(["ls /", "get /a"]);

    [Fact]
    public void Text_is_inserted_and_deleted_at_the_cursor()
    {
        Type("get /b");
        Press(ConsoleKey.LeftArrow);
        Type("a/");
        Assert.Equal(("get /a/b", 7), (_line.Text, _line.Cursor));
        Press(ConsoleKey.Backspace);
        Press(ConsoleKey.Delete);
        Assert.Equal(("get /a", 6), (_line.Text, _line.Cursor));
        Press(ConsoleKey.A, control: true);
        Press(ConsoleKey.Backspace);
        Type("x");
        Press(ConsoleKey.E, control: true);
        Press(ConsoleKey.Delete);
        Type("y");
        Assert.Equal("xget /ay", _line.Text);
    }

    [Fact]
    public void Words_and_ends_are_cut()
    {
        Type("set /a some text");
        Press(ConsoleKey.W, control: true);
        Assert.Equal("set /a some ", _line.Text);
        Press(ConsoleKey.LeftArrow, control: true);
        Press(ConsoleKey.LeftArrow, control: true);
        Assert.Equal(4, _line.Cursor);
        Press(ConsoleKey.RightArrow, control: true);
        Press(ConsoleKey.K, control: true);
        Assert.Equal("set /a", _line.Text);
        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.U, control: true);
        Assert.Equal(("a", 0), (_line.Text, _line.Cursor));
    }

    [Fact]
    public void History_is_walked_through_and_what_was_begun_is_not_lost()
    {
        Type("stat");
        Press(ConsoleKey.UpArrow);
        Assert.Equal("get /a", _line.Text);
        Press(ConsoleKey.P, control: true);
        Press(ConsoleKey.UpArrow);
        Assert.Equal("ls /", _line.Text);
        Press(ConsoleKey.DownArrow);
        Press(ConsoleKey.N, control: true);
        Press(ConsoleKey.DownArrow);
        Assert.Equal(("stat", 4), (_line.Text, _line.Cursor));
    }

    [Fact]
    public void A_character_of_two_halves_is_one()
    {
        foreach (var half in "a😀")
        {
            _line.Press(new ConsoleKeyInfo(half, default, false, false, false));
        }

        Press(ConsoleKey.LeftArrow);
        Assert.Equal(1, _line.Cursor);
        Press(ConsoleKey.Delete);
        Assert.Equal("a", _line.Text);
    }

    [Fact]
    public void Keys_end_the_line_the_shell_or_ask_for_completion()
    {
        Assert.Equal(LineAction.End, Press(ConsoleKey.D, control: true));
        Type("x");
        Press(ConsoleKey.Home);
        Assert.Equal(LineAction.Show, Press(ConsoleKey.D, control: true));
        Assert.Equal(string.Empty, _line.Text);
        Assert.Equal(LineAction.Submit, Press(ConsoleKey.Enter));
        Assert.Equal(LineAction.Abandon, Press(ConsoleKey.C, control: true));
        Assert.Equal(LineAction.Complete, Press(ConsoleKey.Tab));
        Assert.Equal(LineAction.Clear, Press(ConsoleKey.L, control: true));
    }

    private void Type(string text)
    {
        foreach (var c in text)
        {
            Assert.Equal(LineAction.Show, _line.Press(new ConsoleKeyInfo(c, default, false, false, false)));
        }
    }

    private LineAction Press(ConsoleKey key, bool control = false) => _line.Press(new ConsoleKeyInfo('\0', key, false, false, control));
}

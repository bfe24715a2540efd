namespace GrainKeeper.Console.Shell;

/// <summary>A line while it is typed, with the keys of readline. Knows no terminal.</summary>
/// <param name="history">Earlier lines, the oldest first.</param>
internal sealed class EditedLine(IReadOnlyList<string> history)
{
    /// <summary>Longer lines are not typed; data come from a file.</summary>
    internal const int Longest = 64 * 1024;

    private int _shown = history.Count;
    private string _draft = string.Empty;

    internal string Text { get; private set; } = string.Empty;

    /// <summary>Before which character the next one goes.</summary>
    internal int Cursor { get; private set; }

    internal LineAction Press(ConsoleKeyInfo key)
    {
        if ((key.Modifiers & ConsoleModifiers.Control) != 0)
        {
            return PressWithControl(key.Key);
        }

        switch (key.Key)
        {
            case ConsoleKey.Enter:
                return LineAction.Submit;
            case ConsoleKey.Tab:
                return LineAction.Complete;
            case ConsoleKey.Backspace:
                Replace(Before(Cursor), Cursor, string.Empty);
                break;
            case ConsoleKey.Delete:
                Replace(Cursor, After(Cursor), string.Empty);
                break;
            case ConsoleKey.LeftArrow:
                Cursor = Before(Cursor);
                break;
            case ConsoleKey.RightArrow:
                Cursor = After(Cursor);
                break;
            case ConsoleKey.Home:
                Cursor = 0;
                break;
            case ConsoleKey.End:
                Cursor = Text.Length;
                break;
            case ConsoleKey.UpArrow:
                ShowHistory(_shown - 1);
                break;
            case ConsoleKey.DownArrow:
                ShowHistory(_shown + 1);
                break;
            default:
                if (!char.IsControl(key.KeyChar) && Text.Length < Longest)
                {
                    Replace(Cursor, Cursor, key.KeyChar.ToString());
                }

                break;
        }

        return LineAction.Show;
    }

    /// <summary>Puts a text in place of what stands from a character up to the cursor.</summary>
    internal void ReplaceBeforeCursor(int start, string text) => Replace(start, Cursor, text);

    private LineAction PressWithControl(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.C:
                return LineAction.Abandon;
            case ConsoleKey.D when Text.Length == 0:
                return LineAction.End;
            case ConsoleKey.D:
                Replace(Cursor, After(Cursor), string.Empty);
                break;
            case ConsoleKey.L:
                return LineAction.Clear;
            case ConsoleKey.J or ConsoleKey.M:
                return LineAction.Submit;
            case ConsoleKey.I:
                return LineAction.Complete;
            case ConsoleKey.H:
                Replace(Before(Cursor), Cursor, string.Empty);
                break;
            case ConsoleKey.A:
                Cursor = 0;
                break;
            case ConsoleKey.E:
                Cursor = Text.Length;
                break;
            case ConsoleKey.B:
                Cursor = Before(Cursor);
                break;
            case ConsoleKey.F:
                Cursor = After(Cursor);
                break;
            case ConsoleKey.LeftArrow:
                Cursor = WordBefore(Cursor);
                break;
            case ConsoleKey.RightArrow:
                Cursor = WordAfter(Cursor);
                break;
            case ConsoleKey.K:
                Replace(Cursor, Text.Length, string.Empty);
                break;
            case ConsoleKey.U:
                Replace(0, Cursor, string.Empty);
                break;
            case ConsoleKey.W:
                Replace(WordBefore(Cursor), Cursor, string.Empty);
                break;
            case ConsoleKey.P:
                ShowHistory(_shown - 1);
                break;
            case ConsoleKey.N:
                ShowHistory(_shown + 1);
                break;
            default:
                break;
        }

        return LineAction.Show;
    }

    private void ShowHistory(int at)
    {
        if (at < 0 || at > history.Count)
        {
            return;
        }

        _draft = _shown == history.Count ? Text : _draft;
        _shown = at;
        Text = at == history.Count ? _draft : history[at];
        Cursor = Text.Length;
    }

    private void Replace(int start, int end, string text)
    {
        Text = string.Concat(Text.AsSpan(0, start), text, Text.AsSpan(end));
        Cursor = start + text.Length;
    }

    private int Before(int at) => at == 0 ? 0 : at >= 2 && char.IsLowSurrogate(Text[at - 1]) ? at - 2 : at - 1;

    private int After(int at) => at == Text.Length ? at : char.IsHighSurrogate(Text[at]) && at + 2 <= Text.Length ? at + 2 : at + 1;

    private int WordBefore(int at)
    {
        while (at > 0 && char.IsWhiteSpace(Text[at - 1]))
        {
            at--;
        }

        while (at > 0 && !char.IsWhiteSpace(Text[at - 1]))
        {
            at--;
        }

        return at;
    }

    private int WordAfter(int at)
    {
        while (at < Text.Length && char.IsWhiteSpace(Text[at]))
        {
            at++;
        }

        while (at < Text.Length && !char.IsWhiteSpace(Text[at]))
        {
            at++;
        }

        return at;
    }
}

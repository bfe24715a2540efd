using System.Globalization;
using GrainKeeper.Lab.Scheduling;

namespace GrainKeeper.Lab.Scenarios;

/// <summary>Takes a line apart, word by word.</summary>
internal sealed class LineReader(int line, string text)
{
    private int _position;

    internal int Line => line;

    internal string Text => text;

    internal bool AtEnd => Rest.Length == 0;

    /// <summary>What is left.</summary>
    internal string Rest => text[_position..].Trim();

    /// <summary>The next word.</summary>
    /// <param name="what">What it should be, for the error.</param>
    internal string Word(string what)
    {
        if (!TryWord(out var word))
        {
            throw Wrong($"'{text}' ends where {what} should stand");
        }

        return word;
    }

    internal bool TryWord(out string word)
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position]))
        {
            _position++;
        }

        var start = _position;
        while (_position < text.Length && !char.IsWhiteSpace(text[_position]))
        {
            _position++;
        }

        word = text[start.._position];
        return word.Length > 0;
    }

    /// <summary>All that is left, which may not be nothing.</summary>
    internal string Remainder(string what)
    {
        var rest = Rest;
        _position = text.Length;
        return rest.Length > 0 ? rest : throw Wrong($"'{text}' ends where {what} should stand");
    }

    /// <summary>The next word if it is this one.</summary>
    internal bool Skip(string expected)
    {
        var before = _position;
        if (TryWord(out var word) && word == expected)
        {
            return true;
        }

        _position = before;
        return false;
    }

    internal void Demand(string expected)
    {
        if (!Skip(expected))
        {
            throw Wrong($"'{text}': '{expected}' should stand before '{Rest}'");
        }
    }

    internal int Number(string what, int low, int high)
    {
        var word = Word(what);
        return int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= low && number <= high
            ? number
            : throw Wrong($"'{word}' is no {what}: give {low} to {high}");
    }

    /// <summary>A time such as 500ms or 2s, in microseconds.</summary>
    internal long Time(string what)
    {
        var word = Word(what);
        var (digits, unit) = word.EndsWith("ms", StringComparison.Ordinal) ? (word[..^2], EventLoop.Millisecond) : (word.TrimEnd('s'), EventLoop.Second);
        return word.EndsWith('s') && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number * unit <= Scenario.MaxSeconds * EventLoop.Second
            ? number * unit
            : throw Wrong($"'{word}' is no {what}: write for example 500ms or 2s, at most {Scenario.MaxSeconds}s");
    }

    internal void End()
    {
        if (!AtEnd)
        {
            throw Wrong($"'{Rest}' is too much at the end of '{text}': leave it out");
        }
    }

    internal ScenarioException Wrong(string problem) => new(line, problem);
}

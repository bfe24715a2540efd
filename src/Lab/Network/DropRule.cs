namespace GrainKeeper.Lab.Network;

/// <summary>Loses the next messages of one direction.</summary>
/// <param name="from">Who sends them.</param>
/// <param name="to">Whom they do not reach.</param>
/// <param name="word">What their label must contain; empty for anything that is not routine.</param>
/// <param name="count">How many.</param>
internal sealed class DropRule(string from, string to, string word, int count)
{
    private int _left = count;

    /// <summary>Whether it has lost all it was told to lose.</summary>
    internal bool IsUsedUp => _left == 0;

    /// <summary>Whether it takes this message.</summary>
    internal bool Takes(string sender, string receiver, string label, bool routine)
    {
        var matches = _left > 0 && sender == from && receiver == to && (word.Length > 0 ? label.Contains(word, StringComparison.OrdinalIgnoreCase) : !routine);
        _left -= matches ? 1 : 0;
        return matches;
    }
}

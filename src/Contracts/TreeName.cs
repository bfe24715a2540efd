namespace GrainKeeper.Contracts;

/// <summary>
/// Names of trees. A name is part of grain keys, of directory names and of the path <c>/zookeeper/trees/NAME</c>, so it is restricted to what
/// is safe in all three: 1 to 63 characters, lower-case letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, beginning with a letter or digit.
/// </summary>
public static class TreeName
{
    /// <summary>The tree that always exists and lists the others.</summary>
    public const string Root = "root";

    /// <summary>The znode of the root tree whose children name the other trees.</summary>
    public const string ListPath = "/zookeeper/trees";

    /// <summary>Longest name, in characters.</summary>
    public const int MaxLength = 63;

    /// <summary>Whether the text may name a tree.</summary>
    public static bool IsValid(string? name)
    {
        if (string.IsNullOrEmpty(name) || name.Length > MaxLength || !char.IsAsciiLetterOrDigit(name[0]))
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('-' or '_' or '.'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Throws unless the text may name a tree.</summary>
    /// <exception cref="ArgumentException">It may not; the message says what is allowed.</exception>
    public static string Require(string? name) => IsValid(name)
        ? name!
        : throw new ArgumentException(
            $"'{name}' cannot name a tree: use 1 to {MaxLength} lower-case letters, digits, '-', '_' or '.', beginning with a letter or digit", nameof(name));
}

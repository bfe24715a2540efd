namespace GrainKeeper.Core.AtomicCommit;

/// <summary>Which names are allowed in ids: such as need no quoting in keys, paths and SQL.</summary>
internal static class CommitNames
{
    public static bool IsValid(string? name, int maxLength)
    {
        if (string.IsNullOrEmpty(name) || name.Length > maxLength)
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}

namespace GrainKeeper.Core.Tree;

/// <summary>What a slice of a tree's copy begins and ends with; see docs/tree.md.</summary>
internal static class TreeSlice
{
    /// <summary>Second byte of each slice: the version of the format.</summary>
    public const byte Format = 1;

    /// <summary>After the last node of a slice: more slices follow.</summary>
    public const byte More = 0;

    /// <summary>After the last node of the last slice.</summary>
    public const byte Last = 1;
}

using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tree;

/// <summary>Builds a tree from the slices of a <see cref="TreeStateReader"/>.</summary>
public sealed class TreeStateWriter
{
    private readonly DataTree _tree = new();

    /// <summary>Takes the next slice.</summary>
    /// <exception cref="FormatException">The bytes are no slice, or come after the last one.</exception>
    public void Write(ReadOnlySpan<byte> slice) => throw new NotImplementedException(_tree.ToString());

    /// <summary>The tree, applied up to <paramref name="zxid"/>. It becomes exact when the log is applied up to its <see cref="DataTree.FuzzyUntil"/>.</summary>
    /// <exception cref="FormatException">The last slice is missing.</exception>
    public DataTree Complete(Zxid zxid) => throw new NotImplementedException(_tree.ToString());
}

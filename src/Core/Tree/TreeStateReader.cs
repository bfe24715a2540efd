using System.Buffers;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tree;

/// <summary>A fuzzy copy of a tree under way: slices to be taken between transactions. Each slice begins with the byte <see cref="Section"/>.</summary>
public sealed class TreeStateReader
{
    /// <summary>First byte of each slice: what the slice is a part of. Other parts of a state in the same stream use other values.</summary>
    public const byte Section = (byte)'T';

    private readonly DataTree _tree;

    internal TreeStateReader(DataTree tree)
    {
        _tree = tree;
        Zxid = tree.LastApplied;
    }

    /// <summary>The last transaction that is surely in the copy.</summary>
    public Zxid Zxid { get; }

    /// <summary>Writes the next slice.</summary>
    /// <param name="output">Takes the slice.</param>
    /// <param name="targetBytes">About how long it should be; the last node may exceed it.</param>
    /// <returns>False when the copy is complete with this slice.</returns>
    public bool ReadNext(IBufferWriter<byte> output, int targetBytes) => throw new NotImplementedException(_tree.ToString());
}

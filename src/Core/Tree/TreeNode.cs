namespace GrainKeeper.Core.Tree;

/// <summary>What the tree keeps of a node besides its path: 88 bytes. Links are node numbers, −1 for none.</summary>
internal struct TreeNode
{
    /// <summary>Handle of its data in <see cref="ValueArena"/>, of no meaning without any.</summary>
    public int Data;

    /// <summary>Bytes of data; -1 when it is null.</summary>
    public int NullableLength;
    public long Czxid;
    public long Mzxid;
    public long Pzxid;
    public long Ctime;
    public long Mtime;
    public int Version;
    public int CVersion;
    public int AVersion;
    public int Acl;
    public int Parent;
    public int FirstChild;
    public int NextSibling;
    public int PreviousSibling;
    public int NumChildren;

    /// <summary>Number of its entry in <see cref="SpecialNodes"/>; 0 of a persistent node.</summary>
    public int Special;

    /// <summary>Bytes of data; 0 when it is null.</summary>
    public readonly int DataLength => Math.Max(NullableLength, 0);
}

namespace GrainKeeper.Core.Tree;

/// <summary>What the tree keeps of a node besides its path: 88 bytes. Links are node numbers, −1 for none.</summary>
internal struct TreeNode
{
    public byte[]? Data;
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
}

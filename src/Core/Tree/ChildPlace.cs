namespace GrainKeeper.Core.Tree;

/// <summary>A place in a <see cref="ChildOrder"/>, good until the tree changes.</summary>
internal struct ChildPlace
{
    public int Chunk;
    public int Index;
}

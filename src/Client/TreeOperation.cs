using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Client;

/// <summary>One operation of a multi.</summary>
public abstract record TreeOperation
{
    private TreeOperation()
    {
    }

    /// <summary>Create a node.</summary>
    /// <param name="Path">Its path.</param>
    /// <param name="Data">Its data.</param>
    /// <param name="Mode">What kind of node.</param>
    /// <param name="Acl">Its ACL; null for open.</param>
    /// <param name="TimeToLive">Only for TTL nodes.</param>
    public sealed record Create(
        string Path, ReadOnlyMemory<byte> Data, CreateMode Mode = CreateMode.Persistent, AclList? Acl = null, TimeSpan? TimeToLive = null) : TreeOperation;

    /// <summary>Delete a node.</summary>
    /// <param name="Path">Its path.</param>
    /// <param name="Version">The version it must have; −1 for any.</param>
    public sealed record Delete(string Path, int Version = -1) : TreeOperation;

    /// <summary>Replace a node's data.</summary>
    /// <param name="Path">Its path.</param>
    /// <param name="Data">The data.</param>
    /// <param name="Version">The version it must have; −1 for any.</param>
    public sealed record SetData(string Path, ReadOnlyMemory<byte> Data, int Version = -1) : TreeOperation;

    /// <summary>Go on only if a node has a version.</summary>
    /// <param name="Path">Its path.</param>
    /// <param name="Version">The version; −1 for "it exists".</param>
    public sealed record Check(string Path, int Version) : TreeOperation;
}

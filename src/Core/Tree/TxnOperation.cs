using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Tree;

/// <summary>One decoded operation of a transaction. Spans point into the payload; which members mean something depends on <see cref="Type"/>.</summary>
public ref struct TxnOperation
{
    /// <summary>What it does.</summary>
    public OpCode Type { get; internal set; }

    /// <summary>The node: create, delete, setData, setACL, check, reconfig, deleteContainer.</summary>
    public ReadOnlySpan<byte> Path { get; internal set; }

    /// <summary>The data: create, setData, reconfig; the entry: commitRecord; the key: commitForget, commitFinish.</summary>
    public ReadOnlySpan<byte> Data { get; internal set; }

    /// <summary>Whether the data is null rather than empty.</summary>
    public bool DataIsNull { get; internal set; }

    /// <summary>The encoded ACL: create, setACL. See <see cref="AclList.Decode"/>.</summary>
    public ReadOnlySpan<byte> Acl { get; internal set; }

    /// <summary>How long a created node lives.</summary>
    public NodeKind Kind { get; internal set; }

    /// <summary>The owning session of a created ephemeral node, or the milliseconds to live of a created TTL node; 0 otherwise.</summary>
    public long Lifetime { get; internal set; }

    /// <summary>The resulting internal cversion of the parent: create.</summary>
    public int ParentCVersion { get; internal set; }

    /// <summary>The resulting version: setData, reconfig, setACL; the checked version: check.</summary>
    public int Version { get; internal set; }

    /// <summary>Milliseconds: createSession.</summary>
    public int Timeout { get; internal set; }

    /// <summary>How many answers the session keeps, 0 for none: createSession.</summary>
    public int KeptResults { get; internal set; }

    /// <summary>Why it failed: error.</summary>
    public ErrorCode Error { get; internal set; }

    /// <summary>The nodes to delete: closeSession.</summary>
    public PathList Paths { get; internal set; }
}

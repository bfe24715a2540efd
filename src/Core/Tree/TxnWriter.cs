using System.Buffers;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// Encodes transactions: <see cref="Begin"/>, one operation (several when the header's type is <see cref="OpCode.Multi"/>), <see cref="End"/>.
/// Operations carry resulting values, never differences, so that applying one twice gives the same state.
/// Paths are UTF-8, validated by the caller (<see cref="PathValidator"/>).
/// </summary>
/// <param name="output">Takes the bytes.</param>
public readonly struct TxnWriter(IBufferWriter<byte> output)
{
    /// <summary>First byte of every transaction: the version of the format.</summary>
    internal const byte Format = 1;

    /// <summary>First byte of transactions with operations that earlier versions do not know: those of atomic commit.</summary>
    internal const byte CommitFormat = 2;

    /// <summary>First byte of transactions whose answer is kept with the session, and of those that open such a session.</summary>
    internal const byte ResultFormat = 3;

    private readonly CompactWriter _writer = new(output);

    /// <summary>Begins a transaction.</summary>
    public void Begin(in TxnHeader header)
    {
        _writer.Byte(header.KeepsResult ? ResultFormat : IsOfCommit(header.Type) ? CommitFormat : Format);
        _writer.Byte((byte)(sbyte)header.Type);
        _writer.Fixed64(header.SessionId);
        _writer.Signed(header.Cxid);
        _writer.Signed(header.Time);
    }

    /// <summary>Creates a node.</summary>
    /// <param name="type">Create, Create2, CreateContainer or CreateTtl: what the client asked for.</param>
    /// <param name="path">The resulting path, with its sequence number.</param>
    /// <param name="data">Its data.</param>
    /// <param name="dataIsNull">Whether the client gave null instead of bytes.</param>
    /// <param name="acl">Its ACL.</param>
    /// <param name="kind">How long it lives.</param>
    /// <param name="lifetime">The owning session of an ephemeral node, the milliseconds to live of a TTL node; 0 otherwise.</param>
    /// <param name="parentCVersion">The parent's internal cversion (count of creates) after the operation.</param>
    public void Create(
        OpCode type, ReadOnlySpan<byte> path, ReadOnlySpan<byte> data, bool dataIsNull, AclList acl, NodeKind kind, long lifetime, int parentCVersion)
    {
        Invariant.That(type is OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl);
        _writer.Byte((byte)(sbyte)type);
        _writer.Bytes(path);
        _writer.NullableBytes(data, dataIsNull);
        _writer.Bytes(acl.Encoded);
        _writer.Byte((byte)kind);
        if (kind is NodeKind.Ephemeral or NodeKind.Ttl)
        {
            _writer.Fixed64(lifetime);
        }

        _writer.Signed(parentCVersion);
    }

    /// <summary>Deletes a node. The parent's pzxid becomes the transaction's zxid.</summary>
    /// <param name="type">Delete or DeleteContainer.</param>
    /// <param name="path">The node.</param>
    public void Delete(OpCode type, ReadOnlySpan<byte> path)
    {
        Invariant.That(type is OpCode.Delete or OpCode.DeleteContainer);
        _writer.Byte((byte)(sbyte)type);
        _writer.Bytes(path);
    }

    /// <summary>Replaces a node's data.</summary>
    /// <param name="type">SetData, or Reconfig (then of <c>/zookeeper/config</c>).</param>
    /// <param name="path">The node.</param>
    /// <param name="data">The new data.</param>
    /// <param name="dataIsNull">Whether the client gave null instead of bytes.</param>
    /// <param name="version">The resulting version.</param>
    public void SetData(OpCode type, ReadOnlySpan<byte> path, ReadOnlySpan<byte> data, bool dataIsNull, int version)
    {
        Invariant.That(type is OpCode.SetData or OpCode.Reconfig);
        _writer.Byte((byte)(sbyte)type);
        _writer.Bytes(path);
        _writer.NullableBytes(data, dataIsNull);
        _writer.Signed(version);
    }

    /// <summary>Replaces a node's ACL.</summary>
    /// <param name="path">The node.</param>
    /// <param name="acl">The new ACL.</param>
    /// <param name="aversion">The resulting ACL version.</param>
    public void SetAcl(ReadOnlySpan<byte> path, AclList acl, int aversion)
    {
        _writer.Byte((byte)OpCode.SetAcl);
        _writer.Bytes(path);
        _writer.Bytes(acl.Encoded);
        _writer.Signed(aversion);
    }

    /// <summary>Records a check that held; changes nothing.</summary>
    /// <param name="path">The node.</param>
    /// <param name="version">The version it had when checked, or −1 for any.</param>
    public void Check(ReadOnlySpan<byte> path, int version)
    {
        _writer.Byte((byte)OpCode.Check);
        _writer.Bytes(path);
        _writer.Signed(version);
    }

    /// <summary>Opens the header's session.</summary>
    /// <param name="timeout">Its timeout in milliseconds.</param>
    /// <param name="keptResults">How many answers it keeps, when the header says that it keeps any; else 0.</param>
    public void CreateSession(int timeout, int keptResults = 0)
    {
        _writer.Byte(unchecked((byte)(sbyte)OpCode.CreateSession));
        _writer.Signed(timeout);
        if (keptResults > 0)
        {
            _writer.Unsigned((uint)keptResults);
        }
    }

    /// <summary>Closes the header's session. Exactly <paramref name="paths"/> calls of <see cref="EphemeralPath"/> must follow.</summary>
    /// <param name="paths">The number of its ephemeral nodes, those of outstanding creates included: all are deleted.</param>
    public void CloseSession(int paths)
    {
        _writer.Byte(unchecked((byte)(sbyte)OpCode.CloseSession));
        _writer.Unsigned((uint)paths);
    }

    /// <summary>A node that the closed session owned.</summary>
    public void EphemeralPath(ReadOnlySpan<byte> path) => _writer.Bytes(path);

    /// <summary>A failed request that used up a zxid, or an operation of a failed multi.</summary>
    public void Error(ErrorCode code)
    {
        _writer.Byte(unchecked((byte)(sbyte)OpCode.Error));
        _writer.Signed((int)code);
    }

    /// <summary>A record of a party of an atomic commit.</summary>
    /// <param name="entry">As <see cref="AtomicCommit.CommitLogCodec"/> wrote it.</param>
    public void CommitRecord(ReadOnlySpan<byte> entry)
    {
        _writer.Byte(unchecked((byte)(sbyte)OpCode.CommitRecord));
        _writer.Bytes(entry);
    }

    /// <summary>Removes all records of a party of an atomic commit.</summary>
    /// <param name="key">As <see cref="AtomicCommit.CommitLogCodec.EncodeKey"/> wrote it.</param>
    public void CommitForget(ReadOnlySpan<byte> key)
    {
        _writer.Byte(unchecked((byte)(sbyte)OpCode.CommitForget));
        _writer.Bytes(key);
    }

    /// <summary>The tree has carried out a prepared transaction by the operations that follow, or has given it up when there are none. The first operation of its transaction.</summary>
    /// <param name="key">As <see cref="AtomicCommit.CommitLogCodec.EncodeKey"/> wrote it.</param>
    public void CommitFinish(ReadOnlySpan<byte> key)
    {
        _writer.Byte(unchecked((byte)(sbyte)OpCode.CommitFinish));
        _writer.Bytes(key);
    }

    /// <summary>Changes nothing: its commit proves that the leader which proposed it still led.</summary>
    public void CommitBarrier() => _writer.Byte(unchecked((byte)(sbyte)OpCode.CommitBarrier));

    /// <summary>Ends the transaction.</summary>
    public void End() => _writer.Byte(0);

    internal static bool IsOfCommit(OpCode type) => type is OpCode.CommitRecord or OpCode.CommitForget or OpCode.CommitFinish or OpCode.CommitBarrier;

    /// <summary>Whether several operations, or none, may be in a transaction of this type.</summary>
    internal static bool IsList(OpCode type) => type is OpCode.Multi or OpCode.CommitFinish;
}

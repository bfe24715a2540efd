using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace GrainKeeper.Core.Jute;

/// <summary>A node's stat as clients see it (zookeeper.jute, <c>Stat</c>).</summary>
/// <param name="Czxid">The transaction that created it.</param>
/// <param name="Mzxid">The transaction that last changed its data.</param>
/// <param name="Ctime">When it was created, ms since the Unix epoch.</param>
/// <param name="Mtime">When its data was last changed.</param>
/// <param name="Version">Changes of its data.</param>
/// <param name="CVersion">Changes of its children: creates and deletes.</param>
/// <param name="AVersion">Changes of its ACL.</param>
/// <param name="EphemeralOwner">The owning session of an ephemeral node, else 0.</param>
/// <param name="DataLength">Bytes of data.</param>
/// <param name="NumChildren">Number of children.</param>
/// <param name="Pzxid">The transaction that last created or deleted a child.</param>
public readonly record struct Stat(
    long Czxid,
    long Mzxid,
    long Ctime,
    long Mtime,
    int Version,
    int CVersion,
    int AVersion,
    long EphemeralOwner,
    int DataLength,
    int NumChildren,
    long Pzxid)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 68;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        var bytes = new StatBytes();
        Span<byte> span = bytes;
        BinaryPrimitives.WriteInt64BigEndian(span, Czxid);
        BinaryPrimitives.WriteInt64BigEndian(span[8..], Mzxid);
        BinaryPrimitives.WriteInt64BigEndian(span[16..], Ctime);
        BinaryPrimitives.WriteInt64BigEndian(span[24..], Mtime);
        BinaryPrimitives.WriteInt32BigEndian(span[32..], Version);
        BinaryPrimitives.WriteInt32BigEndian(span[36..], CVersion);
        BinaryPrimitives.WriteInt32BigEndian(span[40..], AVersion);
        BinaryPrimitives.WriteInt64BigEndian(span[44..], EphemeralOwner);
        BinaryPrimitives.WriteInt32BigEndian(span[52..], DataLength);
        BinaryPrimitives.WriteInt32BigEndian(span[56..], NumChildren);
        BinaryPrimitives.WriteInt64BigEndian(span[60..], Pzxid);
        writer.WriteRaw(span);
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="JuteFormatException">Too few bytes are left.</exception>
    public static Stat Read(scoped ref JuteReader reader) => new(
        reader.ReadLong(),
        reader.ReadLong(),
        reader.ReadLong(),
        reader.ReadLong(),
        reader.ReadInt(),
        reader.ReadInt(),
        reader.ReadInt(),
        reader.ReadLong(),
        reader.ReadInt(),
        reader.ReadInt(),
        reader.ReadLong());

    [InlineArray(Size)]
    private struct StatBytes
    {
        private byte _first;
    }
}

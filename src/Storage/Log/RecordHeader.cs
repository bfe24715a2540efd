using System.Buffers.Binary;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Storage.Log;

/// <summary>The fixed part of a log record.</summary>
/// <param name="Length">Payload bytes.</param>
/// <param name="Checksum">Over salt, offset, the other fields and the payload.</param>
/// <param name="Zxid">The transaction's zxid; of a mark: the last one before it.</param>
/// <param name="SinceDurable">Bytes back to the offset that was known to be durable when the record was written.</param>
/// <param name="Type">A <see cref="TxnKind"/> or <see cref="LogFormat.MarkType"/>.</param>
internal readonly record struct RecordHeader(int Length, uint Checksum, Zxid Zxid, uint SinceDurable, uint Type)
{
    public bool IsMark => Type == LogFormat.MarkType;

    public TxnKind Kind => (TxnKind)Type;

    public static RecordHeader Read(ReadOnlySpan<byte> input) => new(
        BinaryPrimitives.ReadInt32LittleEndian(input),
        BinaryPrimitives.ReadUInt32LittleEndian(input[4..]),
        new Zxid(BinaryPrimitives.ReadInt64LittleEndian(input[8..])),
        BinaryPrimitives.ReadUInt32LittleEndian(input[16..]),
        BinaryPrimitives.ReadUInt32LittleEndian(input[20..]));

    /// <summary>What cannot be right in the header of a record at an offset of a file, or null. The checksum is not looked at.</summary>
    public string? ImpossibleAt(long offset, long fileLength)
    {
        if (Length is < 0 or > LogFormat.MaxPayload || offset + LogFormat.RecordSize(Length) > fileLength)
        {
            return $"a record claims {Length} bytes, which do not fit into the file of {fileLength} bytes";
        }

        if (Type is not ((uint)TxnKind.Application or (uint)TxnKind.Reconfiguration or LogFormat.MarkType))
        {
            return $"a record has the unknown type 0x{Type:x}";
        }

        return SinceDurable > offset - LogFormat.HeaderSize ? $"a record refers {SinceDurable} bytes back, before the segment's first record" : null;
    }
}

using System.Buffers.Binary;

namespace GrainKeeper.Storage.Log;

/// <summary>The layout of a log segment: numbers are little-endian, records begin at multiples of 8. Described in docs/storage.md.</summary>
internal static class LogFormat
{
    public const int HeaderSize = 64;
    public const int RecordHeaderSize = 24;
    public const uint Version = 1;

    /// <summary>The type of a record that carries no transaction: it says that all before it was durable when it was written.</summary>
    public const uint MarkType = 0x4b52414d;

    /// <summary>No record is ever longer; a greater length is damage.</summary>
    public const int MaxPayload = 256 << 20;

    private const int Alignment = 8;

    public static ReadOnlySpan<byte> Magic => "GKTXNLOG"u8;

    public static int RecordSize(int payload) => (RecordHeaderSize + payload + Alignment - 1) & ~(Alignment - 1);

    /// <summary>
    /// The checksum covers the segment's salt and the record's place, so that a record of an older file in recycled blocks, or one written to
    /// a wrong place, is never valid.
    /// </summary>
    public static uint Checksum(ulong salt, long offset, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        var state = Crc32C.Add(Crc32C.Seed, salt);
        state = Crc32C.Add(state, (ulong)offset);
        state = Crc32C.Add(state, header[..4]);
        state = Crc32C.Add(state, header[8..RecordHeaderSize]);
        return Crc32C.Finish(Crc32C.Add(state, payload));
    }

    /// <summary>Writes a record at the start of <paramref name="output"/>, padding included.</summary>
    public static void WriteRecord(Span<byte> output, ulong salt, long offset, long zxid, uint type, uint sinceDurable, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output, payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(output[8..], zxid);
        BinaryPrimitives.WriteUInt32LittleEndian(output[16..], sinceDurable);
        BinaryPrimitives.WriteUInt32LittleEndian(output[20..], type);
        payload.CopyTo(output[RecordHeaderSize..]);
        output[(RecordHeaderSize + payload.Length)..RecordSize(payload.Length)].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(output[4..], Checksum(salt, offset, output[..RecordHeaderSize], payload));
    }
}

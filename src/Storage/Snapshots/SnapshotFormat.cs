using System.Buffers.Binary;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Storage.Snapshots;

/// <summary>The layout of a snapshot: a header, the slices in blocks, a footer. Numbers are little-endian. Described in docs/storage.md.</summary>
internal static class SnapshotFormat
{
    public const int HeaderSize = 64;
    public const int BlockHeaderSize = 16;
    public const int MaxBlock = 1024 * 1024;
    public const int FooterPayload = 32;
    public const int FooterSize = BlockHeaderSize + FooterPayload;
    public const uint Version = 1;

    /// <summary>A slice ends with this block.</summary>
    public const uint SliceEnds = 1;

    /// <summary>The block is the footer.</summary>
    public const uint IsFooter = 2;

    /// <summary>No slice is ever longer; a greater length is damage.</summary>
    public const int MaxSlice = 256 << 20;

    private const int ChecksumOffset = HeaderSize - 4;

    public static ReadOnlySpan<byte> Magic => "GKSNAPSH"u8;

    public static int BlockSize(int payload) => (BlockHeaderSize + payload + 7) & ~7;

    public static void WriteHeader(Span<byte> output, ulong salt, Zxid zxid)
    {
        output[..HeaderSize].Clear();
        Magic.CopyTo(output);
        BinaryPrimitives.WriteUInt32LittleEndian(output[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(output[12..], HeaderSize);
        BinaryPrimitives.WriteUInt64LittleEndian(output[16..], salt);
        BinaryPrimitives.WriteInt64LittleEndian(output[24..], zxid.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(output[ChecksumOffset..], Crc32C.Of(output[..ChecksumOffset]));
    }

    /// <returns>What is wrong with it, or null.</returns>
    public static string? TryReadHeader(ReadOnlySpan<byte> input, out ulong salt, out Zxid zxid)
    {
        salt = 0;
        zxid = default;
        if (input.Length < HeaderSize)
        {
            return $"the header is cut short: {input.Length} of {HeaderSize} bytes";
        }

        if (!input[..8].SequenceEqual(Magic))
        {
            return "the file does not begin with GKSNAPSH: it is no snapshot of GrainKeeper, or its header is damaged";
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(input[ChecksumOffset..]) != Crc32C.Of(input[..ChecksumOffset]))
        {
            return "the checksum of the header does not match";
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(input[8..]);
        if (version != Version)
        {
            return $"the snapshot has format version {version}, this program reads {Version}: start the program that wrote it";
        }

        salt = BinaryPrimitives.ReadUInt64LittleEndian(input[16..]);
        zxid = new Zxid(BinaryPrimitives.ReadInt64LittleEndian(input[24..]));
        return null;
    }

    /// <summary>The checksum covers salt, place, slice number, flags and payload: no block of another file or place is ever valid.</summary>
    public static uint Checksum(ulong salt, long offset, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        var state = Crc32C.Add(Crc32C.Seed, salt);
        state = Crc32C.Add(state, (ulong)offset);
        state = Crc32C.Add(state, header[..4]);
        state = Crc32C.Add(state, header[8..BlockHeaderSize]);
        return Crc32C.Finish(Crc32C.Add(state, payload));
    }

    public static void WriteBlock(Span<byte> output, ulong salt, long offset, uint slice, uint flags, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(output[8..], slice);
        BinaryPrimitives.WriteUInt32LittleEndian(output[12..], flags);
        payload.CopyTo(output[BlockHeaderSize..]);
        output[(BlockHeaderSize + payload.Length)..BlockSize(payload.Length)].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(output[4..], Checksum(salt, offset, output[..BlockHeaderSize], payload));
    }
}

using System.Buffers.Binary;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Storage.Log;

/// <summary>The first bytes of a log segment. They are durable before the file gets its name.</summary>
/// <param name="Salt">A random number of this segment only.</param>
/// <param name="Sequence">One more than that of the segment before it: a missing file is seen at once.</param>
/// <param name="After">The last zxid before the segment.</param>
/// <param name="First">The zxid of its first record.</param>
internal readonly record struct SegmentHeader(ulong Salt, long Sequence, Zxid After, Zxid First)
{
    private const int ChecksumOffset = LogFormat.HeaderSize - 4;

    public void Write(Span<byte> output)
    {
        output[..LogFormat.HeaderSize].Clear();
        LogFormat.Magic.CopyTo(output);
        BinaryPrimitives.WriteUInt32LittleEndian(output[8..], LogFormat.Version);
        BinaryPrimitives.WriteInt32LittleEndian(output[12..], LogFormat.HeaderSize);
        BinaryPrimitives.WriteUInt64LittleEndian(output[16..], Salt);
        BinaryPrimitives.WriteInt64LittleEndian(output[24..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(output[32..], After.Value);
        BinaryPrimitives.WriteInt64LittleEndian(output[40..], First.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(output[ChecksumOffset..], Crc32C.Of(output[..ChecksumOffset]));
    }

    /// <returns>What is wrong with it, or null.</returns>
    public static string? TryRead(ReadOnlySpan<byte> input, out SegmentHeader header)
    {
        header = default;
        if (input.Length < LogFormat.HeaderSize)
        {
            return $"the segment's header is cut short: {input.Length} of {LogFormat.HeaderSize} bytes";
        }

        if (!input[..8].SequenceEqual(LogFormat.Magic))
        {
            return "the segment does not begin with GKTXNLOG: it is no log of GrainKeeper, or its header is damaged";
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(input[ChecksumOffset..]) != Crc32C.Of(input[..ChecksumOffset]))
        {
            return "the checksum of the segment's header does not match";
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(input[8..]);
        if (version != LogFormat.Version)
        {
            return $"the segment has format version {version}, this program reads {LogFormat.Version}: start the program that wrote it";
        }

        header = new SegmentHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(input[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(input[24..]),
            new Zxid(BinaryPrimitives.ReadInt64LittleEndian(input[32..])),
            new Zxid(BinaryPrimitives.ReadInt64LittleEndian(input[40..])));
        return null;
    }
}

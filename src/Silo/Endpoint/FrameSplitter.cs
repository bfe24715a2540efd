using System.Buffers;
using System.Buffers.Binary;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>Cuts a byte stream into frames: a length of 4 bytes, big-endian, then as many bytes.</summary>
internal static class FrameSplitter
{
    /// <summary>Takes all complete frames off the front of <paramref name="buffer"/>, copied into one array, for they outlive it.</summary>
    /// <param name="buffer">What was read; on return, what is left.</param>
    /// <param name="maxFrame">Largest length allowed.</param>
    /// <param name="frames">The frames; empty when none is complete.</param>
    /// <returns>Null; or what is wrong with the next length, before any of its bytes is kept.</returns>
    public static string? Split(ref ReadOnlySequence<byte> buffer, int maxFrame, out IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        var count = 0;
        long end = 0;
        string? fault = null;
        Span<byte> prefix = stackalloc byte[4];
        var rest = buffer;
        while (rest.Length >= 4)
        {
            rest.Slice(0, 4).CopyTo(prefix);
            var length = BinaryPrimitives.ReadInt32BigEndian(prefix);
            if (length < 0 || length > maxFrame)
            {
                fault = $"frame length {length} is outside 0..{maxFrame} (jute.maxbuffer)";
                break;
            }

            if (rest.Length < 4 + (long)length)
            {
                break;
            }

            rest = rest.Slice(4 + (long)length);
            end += 4 + (long)length;
            count++;
        }

        if (count == 0)
        {
            frames = [];
            return fault;
        }

        var bytes = buffer.Slice(0, end).ToArray();
        var list = new ReadOnlyMemory<byte>[count];
        var position = 0;
        for (var i = 0; i < count; i++)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(position));
            list[i] = bytes.AsMemory(position + 4, length);
            position += 4 + length;
        }

        frames = list;
        buffer = rest;
        return fault;
    }
}

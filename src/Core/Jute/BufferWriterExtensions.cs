using System.Buffers;

namespace GrainKeeper.Core.Jute;

/// <summary>Conveniences over <see cref="IBufferWriter{T}"/>.</summary>
internal static class BufferWriterExtensions
{
    /// <summary>Writes bytes, asking for the room of all at once: piece by piece a buffer that grows would grow, and be copied, for each.</summary>
    public static void WriteAtOnce(this IBufferWriter<byte> output, ReadOnlySpan<byte> value)
    {
        value.CopyTo(output.GetSpan(value.Length));
        output.Advance(value.Length);
    }
}

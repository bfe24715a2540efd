using System.Buffers;
using System.Buffers.Binary;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Sessions;

/// <summary>Collects frames, each after its length.</summary>
internal sealed class FrameWriter
{
    private readonly ArrayBufferWriter<byte> _frames = new(256);

    internal int Length => _frames.WrittenCount;

    /// <summary>Bytes of a request's frame with its length prefix.</summary>
    internal static int SizeOf(ReadOnlyMemory<byte> body) => 12 + body.Length;

    internal void Request(int xid, OpCode type, ReadOnlySpan<byte> body, bool isLinearizable = false)
    {
        var writer = new JuteWriter(_frames);
        writer.WriteInt(8 + body.Length);
        new RequestHeader(xid, type, isLinearizable).Write(writer);
        writer.WriteRaw(body);
    }

    /// <summary>A frame without a header: the connect request.</summary>
    internal void Raw(ReadOnlySpan<byte> body)
    {
        var writer = new JuteWriter(_frames);
        writer.WriteInt(body.Length);
        writer.WriteRaw(body);
    }

    internal byte[] ToArray() => _frames.WrittenSpan.ToArray();

    /// <summary>Takes the first frame off.</summary>
    /// <returns>False when there is none.</returns>
    /// <exception cref="FormatException">The rest is no complete frame.</exception>
    internal static bool TryRead(ref ReadOnlyMemory<byte> frames, out ReadOnlyMemory<byte> frame)
    {
        frame = default;
        if (frames.IsEmpty)
        {
            return false;
        }

        var length = frames.Length >= 4 ? BinaryPrimitives.ReadInt32BigEndian(frames.Span) : -1;
        if (length < 0 || length > frames.Length - 4)
        {
            throw new FormatException($"a frame of {length} bytes does not fit the {frames.Length} bytes received");
        }

        frame = frames.Slice(4, length);
        frames = frames[(4 + length)..];
        return true;
    }
}

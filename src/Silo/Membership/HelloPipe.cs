using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;

namespace GrainKeeper.Silo.Membership;

/// <summary>Frames over one connection: two bytes of length, big-endian, one of type, and the body. One reader and one writer at a time.</summary>
internal sealed class HelloPipe(IDuplexPipe transport)
{
    /// <summary>Largest frame that is read.</summary>
    public int MaxFrame { get; set; } = HelloProtocol.MaxFrame;

    public async Task WritePrefaceAsync(CancellationToken cancellationToken)
    {
        var span = transport.Output.GetSpan(5);
        HelloProtocol.Magic.CopyTo(span);
        span[4] = HelloProtocol.Version;
        transport.Output.Advance(5);
        await transport.Output.FlushAsync(cancellationToken);
    }

    /// <summary>Looks at the first bytes of a connection without consuming them, unless they begin a hello.</summary>
    /// <returns>The version of the hello, or null when the connection is Orleans' own and untouched.</returns>
    /// <exception cref="HelloException">The connection ended first.</exception>
    public async Task<byte?> TryReadPrefaceAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await transport.Input.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            if (!StartsLikeHello(buffer))
            {
                transport.Input.AdvanceTo(buffer.Start);
                return null;
            }

            if (buffer.Length >= 5)
            {
                var version = buffer.Slice(4, 1).FirstSpan[0];
                transport.Input.AdvanceTo(buffer.GetPosition(5));
                return version;
            }

            transport.Input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted || result.IsCanceled)
            {
                throw new HelloException("the connection ended within the first bytes");
            }
        }
    }

    public async Task WriteAsync(HelloFrameType type, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var span = transport.Output.GetSpan(3 + body.Length);
        BinaryPrimitives.WriteUInt16BigEndian(span, checked((ushort)(1 + body.Length)));
        span[2] = (byte)type;
        body.Span.CopyTo(span[3..]);
        transport.Output.Advance(3 + body.Length);
        await transport.Output.FlushAsync(cancellationToken);
    }

    public Task WriteRefusalAsync(string reason, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(reason);
        return WriteAsync(HelloFrameType.Refused, bytes.AsMemory(0, Math.Min(bytes.Length, HelloProtocol.MaxReasonBytes)), cancellationToken);
    }

    /// <summary>Reads one frame.</summary>
    /// <returns>The frame; null when the connection has ended.</returns>
    /// <exception cref="HelloException">The bytes are no frame.</exception>
    public async Task<(HelloFrameType Type, byte[] Body)?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await transport.Input.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            if (TryCut(buffer, MaxFrame, out var frame, out var consumed))
            {
                transport.Input.AdvanceTo(consumed);
                return frame;
            }

            transport.Input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted || result.IsCanceled)
            {
                return buffer.IsEmpty || result.IsCanceled ? null : throw new HelloException("the connection ended within a frame");
            }
        }
    }

    private static bool StartsLikeHello(ReadOnlySequence<byte> buffer)
    {
        Span<byte> start = stackalloc byte[4];
        var count = (int)Math.Min(4, buffer.Length);
        buffer.Slice(0, count).CopyTo(start);
        return start[..count].SequenceEqual(HelloProtocol.Magic[..count]);
    }

    private static bool TryCut(ReadOnlySequence<byte> buffer, int maxFrame, out (HelloFrameType Type, byte[] Body) frame, out SequencePosition consumed)
    {
        (frame, consumed) = (default, buffer.Start);
        if (buffer.Length < 2)
        {
            return false;
        }

        Span<byte> prefix = stackalloc byte[2];
        buffer.Slice(0, 2).CopyTo(prefix);
        var length = BinaryPrimitives.ReadUInt16BigEndian(prefix);
        if (length == 0 || length > maxFrame)
        {
            throw new HelloException($"a frame of {length} bytes; 1 to {maxFrame} are allowed");
        }

        if (buffer.Length < 2 + length)
        {
            return false;
        }

        var bytes = buffer.Slice(2, length).ToArray();
        frame = ((HelloFrameType)bytes[0], bytes[1..]);
        consumed = buffer.GetPosition(2 + length);
        return true;
    }
}

using System.Buffers.Binary;
using System.Text;

namespace GrainKeeper.Grains.Import;

/// <summary>Reads jute's types from a stream too large for memory, and sums up what it has read.</summary>
internal sealed class CheckedJuteStream(Stream input, string file)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly byte[] _buffer = new byte[128 * 1024];
    private Adler32 _sum = new();
    private int _start;
    private int _end;

    /// <summary>Bytes read so far, after decompression.</summary>
    public long Position { get; private set; }

    /// <summary>The checksum of all bytes read so far.</summary>
    public long Sum => _sum.Value;

    public bool AtEnd => _start == _end && !Fill();

    public int Int()
    {
        Span<byte> bytes = stackalloc byte[4];
        Read(bytes);
        return BinaryPrimitives.ReadInt32BigEndian(bytes);
    }

    public long Long()
    {
        Span<byte> bytes = stackalloc byte[8];
        Read(bytes);
        return BinaryPrimitives.ReadInt64BigEndian(bytes);
    }

    /// <summary>Reads a buffer; null for the length −1.</summary>
    public byte[]? Bytes(string what)
    {
        var length = Int();
        if (length == -1)
        {
            return null;
        }

        if (length is < 0 or > ImportLimits.Field)
        {
            throw Damage($"{what} has a length of {length}, allowed are 0 to {ImportLimits.Field}");
        }

        if (length <= _buffer.Length)
        {
            var bytes = new byte[length];
            Read(bytes);
            return bytes;
        }

        // A false length must not allocate more than the file holds.
        var grown = new MemoryStream();
        var chunk = new byte[64 * 1024];
        for (var left = length; left > 0;)
        {
            var part = chunk.AsSpan(0, Math.Min(left, chunk.Length));
            Read(part);
            grown.Write(part);
            left -= part.Length;
        }

        return grown.ToArray();
    }

    public string Text(string what)
    {
        var bytes = Bytes(what) ?? [];
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw Damage($"{what} is not UTF-8 ({e.Message})");
        }
    }

    public int Count(string what)
    {
        var count = Int();
        return count >= 0 ? count : throw Damage($"the number of {what} is {count}");
    }

    public DamagedFileException Damage(string what) => new(file, Position, what);

    private void Read(Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            if (AtEnd)
            {
                throw Damage("the file ends in the middle");
            }

            var part = _buffer.AsSpan(_start, Math.Min(target.Length, _end - _start));
            part.CopyTo(target);
            _sum.Add(part);
            _start += part.Length;
            Position += part.Length;
            target = target[part.Length..];
        }
    }

    private bool Fill()
    {
        try
        {
            (_start, _end) = (0, input.Read(_buffer));
            return _end > 0;
        }
        catch (InvalidDataException e)
        {
            throw new DamagedFileException(file, Position, $"it cannot be decompressed ({e.Message})", e);
        }
    }
}

using System.Buffers.Binary;
using System.Text;

namespace GrainKeeper.Core.Jute;

/// <summary>
/// Reads jute's primitive types, big-endian, in place: strings and buffers come as slices of the input. Every length is checked
/// against what is left before anything is read.
/// </summary>
public ref struct JuteReader(ReadOnlySpan<byte> input)
{
    private readonly ReadOnlySpan<byte> _input = input;
    private int _position;

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _position;

    /// <summary>Bytes left.</summary>
    public readonly int Remaining => _input.Length - _position;

    /// <summary>The bytes read since a position.</summary>
    /// <param name="position">An earlier <see cref="Position"/>.</param>
    public readonly ReadOnlySpan<byte> Since(int position) => _input[position.._position];

    /// <summary>Reads one byte as a boolean; any value but 0 is true.</summary>
    /// <exception cref="JuteFormatException">Nothing is left.</exception>
    public bool ReadBool() => Take(1)[0] != 0;

    /// <summary>Reads one byte.</summary>
    /// <exception cref="JuteFormatException">Nothing is left.</exception>
    public byte ReadByte() => Take(1)[0];

    /// <summary>Reads 4 bytes.</summary>
    /// <exception cref="JuteFormatException">Fewer are left.</exception>
    public int ReadInt() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    /// <summary>Reads 8 bytes.</summary>
    /// <exception cref="JuteFormatException">Fewer are left.</exception>
    public long ReadLong() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    /// <summary>Reads a buffer: a length, then as many bytes. The length −1 (null) gives an empty buffer and <paramref name="isNull"/>.</summary>
    /// <exception cref="JuteFormatException">The length is below −1 or above what is left.</exception>
    public ReadOnlySpan<byte> ReadBuffer(out bool isNull)
    {
        var length = ReadInt();
        isNull = length == -1;
        if (isNull)
        {
            return default;
        }

        if (length < 0 || length > Remaining)
        {
            throw new JuteFormatException($"buffer length {length} at offset {_position - 4} does not fit the {Remaining} bytes left");
        }

        return Take(length);
    }

    /// <summary>Reads a buffer, null as empty.</summary>
    /// <exception cref="JuteFormatException">See <see cref="ReadBuffer(out bool)"/>.</exception>
    public ReadOnlySpan<byte> ReadBuffer() => ReadBuffer(out _);

    /// <summary>Reads a string as a .NET string, null as empty.</summary>
    /// <exception cref="JuteFormatException">See <see cref="ReadBuffer(out bool)"/>; or the bytes are not UTF-8.</exception>
    public string ReadString()
    {
        try
        {
            return StrictUtf8.GetString(ReadBuffer(out _));
        }
        catch (DecoderFallbackException e)
        {
            throw new JuteFormatException("text is not valid UTF-8: " + e.Message);
        }
    }

    /// <summary>Reads the count of a vector. The count −1 (null) gives 0.</summary>
    /// <param name="smallestElement">Bytes that an element takes at least; a count that cannot fit is refused before anything is allocated.</param>
    /// <exception cref="JuteFormatException">The count is below −1 or cannot fit.</exception>
    public int ReadCount(int smallestElement)
    {
        var count = ReadInt();
        if (count < -1 || (long)count * smallestElement > Remaining)
        {
            throw new JuteFormatException($"vector count {count} at offset {_position - 4} does not fit the {Remaining} bytes left");
        }

        return Math.Max(count, 0);
    }

    private static UTF8Encoding StrictUtf8 { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining)
        {
            throw new JuteFormatException($"{count} bytes expected at offset {_position}, {Remaining} left");
        }

        var slice = _input.Slice(_position, count);
        _position += count;
        return slice;
    }
}

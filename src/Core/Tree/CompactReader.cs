using System.Buffers.Binary;
using System.Text;

namespace GrainKeeper.Core.Tree;

/// <summary>Reads what <see cref="CompactWriter"/> writes, in place. Every length is checked against what is left before it is used.</summary>
internal ref struct CompactReader(ReadOnlySpan<byte> input)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly ReadOnlySpan<byte> _input = input;
    private int _position;

    public readonly int Remaining => _input.Length - _position;

    public readonly int Position => _position;

    public byte Byte(string what)
    {
        if (Remaining < 1)
        {
            throw Cut(what);
        }

        return _input[_position++];
    }

    public long Fixed64(string what)
    {
        if (Remaining < 8)
        {
            throw Cut(what);
        }

        var value = BinaryPrimitives.ReadInt64LittleEndian(_input[_position..]);
        _position += 8;
        return value;
    }

    public ulong Unsigned(string what)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = Byte(what);
            if (shift == 63 && b > 1)
            {
                break;
            }

            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new FormatException($"{what} before offset {_position} is no 64-bit number");
    }

    public uint Unsigned32(string what)
    {
        var value = Unsigned(what);
        return value <= uint.MaxValue ? (uint)value : throw new FormatException($"{what} {value} before offset {_position} exceeds 32 bits");
    }

    public long Signed(string what)
    {
        var value = Unsigned(what);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public int Signed32(string what)
    {
        var value = Signed(what);
        return value is >= int.MinValue and <= int.MaxValue
            ? (int)value
            : throw new FormatException($"{what} {value} before offset {_position} exceeds 32 bits");
    }

    public int Count(int smallest, int limit, string what)
    {
        var count = Unsigned(what);
        if (count > (ulong)limit || count * (ulong)smallest > (ulong)Remaining)
        {
            throw new FormatException($"number of {what} {count} before offset {_position} exceeds {limit} or the {Remaining} bytes left");
        }

        return (int)count;
    }

    public ReadOnlySpan<byte> Bytes(string what) => Take(Unsigned(what), what);

    public ReadOnlySpan<byte> NullableBytes(string what, out bool isNull)
    {
        var length = Unsigned(what);
        isNull = length == 0;
        return isNull ? default : Take(length - 1, what);
    }

    public ReadOnlySpan<byte> Raw(int length, string what) => Take((ulong)length, what);

    public string Text(string what)
    {
        try
        {
            return Strict.GetString(Bytes(what));
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException($"{what} before offset {_position} is not UTF-8: {e.Message}");
        }
    }

    public readonly void ExpectEnd(string what)
    {
        if (Remaining != 0)
        {
            throw new FormatException($"{Remaining} bytes are left after {what} at offset {_position}");
        }
    }

    private ReadOnlySpan<byte> Take(ulong length, string what)
    {
        if (length > (ulong)Remaining)
        {
            throw new FormatException($"{what} of {length} bytes at offset {_position} does not fit the {Remaining} bytes left");
        }

        var slice = _input.Slice(_position, (int)length);
        _position += (int)length;
        return slice;
    }

    private readonly FormatException Cut(string what) => new($"{what} is cut off at offset {_position}");
}

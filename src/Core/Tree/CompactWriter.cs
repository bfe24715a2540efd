using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Tree;

/// <summary>Writes the primitives of our own formats: little-endian, numbers of seven bits a byte (LEB128), signed ones zigzag.</summary>
internal readonly struct CompactWriter(IBufferWriter<byte> output)
{
    private readonly IBufferWriter<byte> _output = output;

    public void Byte(byte value)
    {
        _output.GetSpan(1)[0] = value;
        _output.Advance(1);
    }

    public void Fixed64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_output.GetSpan(8), value);
        _output.Advance(8);
    }

    public void Unsigned(ulong value)
    {
        var span = _output.GetSpan(10);
        var i = 0;
        while (value >= 0x80)
        {
            span[i++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[i++] = (byte)value;
        _output.Advance(i);
    }

    public void Signed(long value) => Unsigned((ulong)((value << 1) ^ (value >> 63)));

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Unsigned((uint)value.Length);
        Raw(value);
    }

    /// <summary>A null array is 0, one of n bytes is n + 1.</summary>
    public void NullableBytes(ReadOnlySpan<byte> value, bool isNull)
    {
        if (isNull)
        {
            Byte(0);
            return;
        }

        Unsigned((uint)value.Length + 1UL);
        Raw(value);
    }

    public void Raw(ReadOnlySpan<byte> value) => _output.WriteAtOnce(value);

    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Unsigned((uint)length);
        _output.Advance(Encoding.UTF8.GetBytes(value, _output.GetSpan(length)));
    }
}

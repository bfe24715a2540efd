using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace GrainKeeper.Core.Jute;

/// <summary>Writes jute's primitive types, big-endian.</summary>
public readonly struct JuteWriter(IBufferWriter<byte> output)
{
    private readonly IBufferWriter<byte> _output = output;

    /// <summary>Writes one byte.</summary>
    public void WriteByte(byte value)
    {
        _output.GetSpan(1)[0] = value;
        _output.Advance(1);
    }

    /// <summary>Writes a boolean as one byte.</summary>
    public void WriteBool(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    /// <summary>Writes 4 bytes.</summary>
    public void WriteInt(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_output.GetSpan(4), value);
        _output.Advance(4);
    }

    /// <summary>Writes 8 bytes.</summary>
    public void WriteLong(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(_output.GetSpan(8), value);
        _output.Advance(8);
    }

    /// <summary>Writes a length and the bytes.</summary>
    public void WriteBuffer(ReadOnlySpan<byte> value)
    {
        WriteInt(value.Length);
        WriteRaw(value);
    }

    /// <summary>Writes bytes without a length.</summary>
    public void WriteRaw(ReadOnlySpan<byte> value) => _output.WriteAtOnce(value);

    /// <summary>Writes a buffer, or null.</summary>
    public void WriteBuffer(ReadOnlySpan<byte> value, bool isNull)
    {
        if (isNull)
        {
            WriteNull();
            return;
        }

        WriteBuffer(value);
    }

    /// <summary>Writes the length −1: a null buffer, string or vector.</summary>
    public void WriteNull() => WriteInt(-1);

    /// <summary>Writes a string as UTF-8 with its length in bytes.</summary>
    public void WriteString(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        WriteInt(length);
        var span = _output.GetSpan(length);
        _output.Advance(Encoding.UTF8.GetBytes(value, span));
    }
}

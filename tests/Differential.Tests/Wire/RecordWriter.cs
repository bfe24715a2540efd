using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace GrainKeeper.Differential.Tests.Wire;

/// <summary>Writes jute by the letter of its description, apart from the product's own writer: a mistake there must not hide here.</summary>
internal sealed class RecordWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public RecordWriter Int(int value)
    {
        Span<byte> buffer = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(buffer, value);
        _bytes.Write(buffer);
        return this;
    }

    public RecordWriter Long(long value)
    {
        Span<byte> buffer = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(buffer, value);
        _bytes.Write(buffer);
        return this;
    }

    public RecordWriter Bool(bool value)
    {
        _bytes.Write([value ? (byte)1 : (byte)0]);
        return this;
    }

    public RecordWriter Bytes(byte[]? value)
    {
        Int(value?.Length ?? -1);
        _bytes.Write(value ?? []);
        return this;
    }

    public RecordWriter Text(string? value) => Bytes(value is null ? null : Encoding.UTF8.GetBytes(value));

    public RecordWriter Texts(IReadOnlyCollection<string> values)
    {
        Int(values.Count);
        foreach (var value in values)
        {
            Text(value);
        }

        return this;
    }

    public RecordWriter Raw(byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();
}

using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace GrainKeeper.Storage.Tests.Import;

/// <summary>Writes jute by the letter of its description.</summary>
internal sealed class JuteBytes
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public JuteBytes Int(int value)
    {
        Span<byte> buffer = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(buffer, value);
        _bytes.Write(buffer);
        return this;
    }

    public JuteBytes Long(long value)
    {
        Span<byte> buffer = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(buffer, value);
        _bytes.Write(buffer);
        return this;
    }

    public JuteBytes Bool(bool value) => Raw([value ? (byte)1 : (byte)0]);

    public JuteBytes Bytes(byte[]? value) => Int(value?.Length ?? -1).Raw(value ?? []);

    public JuteBytes Text(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    public JuteBytes OpenAcl() => Int(1).Int(31).Text("world").Text("anyone");

    public JuteBytes Raw(byte[] value)
    {
        _bytes.Write(value);
        return this;
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();
}

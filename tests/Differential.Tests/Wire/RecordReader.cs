using System.Buffers.Binary;
using System.Text;

namespace GrainKeeper.Differential.Tests.Wire;

/// <summary>Reads jute by the letter of its description, apart from the product's own reader.</summary>
internal sealed class RecordReader(byte[] frame)
{
    private int _position;

    public int Remaining => frame.Length - _position;

    public int Int() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public long Long() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public bool Bool() => Take(1)[0] switch { 0 => false, 1 => true, var other => throw new InvalidDataException($"boolean {other}") };

    public byte[]? Bytes() => Int() switch
    {
        -1 => null,
        < -1 and var length => throw new InvalidDataException($"length {length}"),
        var length => Take(length).ToArray(),
    };

    public string? Text() => Bytes() is { } bytes ? new UTF8Encoding(false, true).GetString(bytes) : null;

    public List<string?> Texts()
    {
        var list = new List<string?>();
        for (var count = Int(); count > 0; count--)
        {
            list.Add(Text());
        }

        return list;
    }

    public string Rest() => Convert.ToHexString(Take(Remaining));

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining)
        {
            throw new InvalidDataException($"{count} bytes expected, {Remaining} left");
        }

        var slice = frame.AsSpan(_position, count);
        _position += count;
        return slice;
    }
}

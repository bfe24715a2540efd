using System.Buffers;
using System.Buffers.Binary;

namespace GrainKeeper.Grains.Pumping;

/// <summary>A growing buffer whose written bytes can be corrected: a length is known only after what it counts is written.</summary>
internal sealed class ByteBuffer(int capacity) : IBufferWriter<byte>
{
    private byte[] _bytes = new byte[Math.Max(capacity, 16)];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes reserved.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Reserves 4 bytes for a length; fill them with <see cref="EndLength"/>.</summary>
    /// <returns>Their position.</returns>
    public int BeginLength()
    {
        var at = Length;
        GetSpan(4);
        Length += 4;
        return at;
    }

    /// <summary>Fills in the length of what was written since.</summary>
    public void EndLength(int position) =>
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(position), Length - position - 4);

    /// <summary>Forgets what was written after a position.</summary>
    public void CutTo(int position) => Length = Math.Min(position, Length);

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Length += bytes.Length;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - Length);
        Length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(Length);
    }

    private void Reserve(int more)
    {
        if (_bytes.Length - Length < more)
        {
            var wanted = Math.Min(Math.Max((long)_bytes.Length * 2, (long)Length + more), Array.MaxLength);
            Array.Resize(ref _bytes, checked((int)Math.Max(wanted, (long)Length + more)));
        }
    }
}

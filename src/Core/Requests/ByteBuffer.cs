using System.Buffers;

namespace GrainKeeper.Core.Requests;

/// <summary>A growing buffer that is used again and again; what is written can be copied out or cut back.</summary>
internal sealed class ByteBuffer : IBufferWriter<byte>
{
    private const int LargestKept = 256 * 1024;
    private byte[] _bytes = new byte[256];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Advance(int count)
    {
        Invariant.That(count >= 0 && count <= _bytes.Length - Length);
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Length);
    }

    /// <summary>Bytes written before, to be changed.</summary>
    public Span<byte> At(int offset, int length) => _bytes.AsSpan(0, Length).Slice(offset, length);

    /// <summary>Forgets what was written after this length.</summary>
    public void CutTo(int length)
    {
        Invariant.That(length >= 0 && length <= Length);
        Length = length;
    }

    /// <summary>Forgets everything, and a large array too.</summary>
    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > LargestKept)
        {
            _bytes = new byte[256];
        }
    }

    private void Reserve(int sizeHint)
    {
        var needed = Length + Math.Max(sizeHint, 1);
        if (needed > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
        }
    }
}

using System.Buffers;

namespace GrainKeeper.Core.Requests;

/// <summary>A growing buffer that is used again and again; what is written can be copied out or cut back.</summary>
internal sealed class ByteBuffer : IBufferWriter<byte>
{
    private const int LargestKept = 256 * 1024;
    private const int Smallest = 256;
    private byte[] _bytes = new byte[Smallest];

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

    /// <summary>Whether its array has grown too large to be kept: what was written is best taken with it.</summary>
    public bool IsLarge => _bytes.Length > LargestKept;

    /// <summary>Gives away what was written and the array that it is in, and begins with a new one.</summary>
    public ReadOnlyMemory<byte> Detach()
    {
        var written = _bytes.AsMemory(0, Length);
        _bytes = new byte[Smallest];
        Length = 0;
        return written;
    }

    /// <summary>Forgets everything, and a large array too.</summary>
    public void Clear()
    {
        Length = 0;
        if (IsLarge)
        {
            _bytes = new byte[Smallest];
        }
    }

    private void Reserve(int sizeHint)
    {
        var needed = Length + Math.Max(sizeHint, 1);
        if (needed > _bytes.Length)
        {
            // What follows a large value is short: with some room for it, it does not double the array. Not cleared first: everything up to the length is written over, and nothing behind it is read.
            var larger = GC.AllocateUninitializedArray<byte>(Math.Max(needed + Smallest, _bytes.Length * 2));
            Written.CopyTo(larger);
            _bytes = larger;
        }
    }
}

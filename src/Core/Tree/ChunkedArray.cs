using System.Numerics;
using System.Runtime.CompilerServices;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// An array that grows by chunks, so that growing copies nothing; only the first chunk grows by doubling, to keep small tables small.
/// References to elements do not outlive a growth.
/// </summary>
internal sealed class ChunkedArray<T>
{
    private const int Smallest = 16;
    private readonly int _shift;
    private readonly int _mask;
    private T[][] _chunks = [[]];
    private int _chunkCount = 1;

    /// <param name="chunkLength">Elements of a chunk, a power of two.</param>
    public ChunkedArray(int chunkLength)
    {
        _shift = BitOperations.Log2((uint)chunkLength);
        _mask = (1 << _shift) - 1;
    }

    public int Capacity => _chunkCount == 1 ? _chunks[0].Length : _chunkCount << _shift;

    /// <summary>Bytes of all chunks.</summary>
    public long Bytes => (long)Capacity * Unsafe.SizeOf<T>();

    public ref T this[int index] => ref _chunks[index >> _shift][index & _mask];

    public void EnsureCapacity(int count)
    {
        while (count > Capacity)
        {
            if (_chunks[0].Length <= _mask)
            {
                Array.Resize(ref _chunks[0], Math.Max(Smallest, _chunks[0].Length * 2));
                continue;
            }

            if (_chunkCount == _chunks.Length)
            {
                Array.Resize(ref _chunks, Math.Max(4, _chunks.Length * 2));
            }

            _chunks[_chunkCount++] = new T[_mask + 1];
        }
    }
}

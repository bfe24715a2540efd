using System.Buffers.Binary;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// Keeps many short byte strings in few large arrays: no object, and so no header and no work for the garbage collector, per string. Blocks
/// are multiples of 8 bytes; freed ones are reused, the best fitting first. Strings longer than <see cref="MaxBlock"/> get an array of their own.
/// </summary>
internal sealed class PathArena
{
    public const int MaxBlock = 1024;

    private const int Unit = 8;
    private const int ChunkUnits = 16 * 1024;
    private const int FirstChunkUnits = 512;
    private const int Classes = MaxBlock / Unit;
    private readonly int[] _free = new int[Classes + 1];
    private readonly List<byte[]?> _long = [];
    private readonly Stack<int> _freeLong = new();
    private UInt128 _freeClasses;
    private byte[][] _chunks = [];
    private int _chunkCount;
    private int _bump;
    private int _bumpEnd;

    /// <summary>Bytes of all arrays.</summary>
    public long Capacity => _chunks.Sum(c => c?.Length ?? 0L) + _long.Sum(a => a?.Length ?? 0L);

    /// <summary>The string of a handle.</summary>
    public ReadOnlySpan<byte> Get(int handle, int length) =>
        handle < 0
            ? _long[~handle]!
            : new ReadOnlySpan<byte>(_chunks[handle / ChunkUnits], handle % ChunkUnits * Unit, length);

    public int Add(ReadOnlySpan<byte> value)
    {
        if (value.Length > MaxBlock)
        {
            return AddLong(value);
        }

        var handle = Allocate(UnitsOf(value.Length));
        value.CopyTo(Block(handle));
        return handle;
    }

    public void Free(int handle, int length)
    {
        if (handle >= 0)
        {
            Release(handle, UnitsOf(length));
            return;
        }

        _long[~handle] = null;
        _freeLong.Push(~handle);
    }

    private static int UnitsOf(int length) => Math.Max(1, (length + Unit - 1) / Unit);

    private Span<byte> Block(int handle) => _chunks[handle / ChunkUnits].AsSpan(handle % ChunkUnits * Unit);

    private int AddLong(ReadOnlySpan<byte> value)
    {
        var copy = value.ToArray();
        if (_freeLong.TryPop(out var slot))
        {
            _long[slot] = copy;
            return ~slot;
        }

        _long.Add(copy);
        return ~(_long.Count - 1);
    }

    private int Allocate(int units)
    {
        var fitting = _freeClasses >> (units - 1);
        if (fitting != 0)
        {
            var found = units + (int)UInt128.TrailingZeroCount(fitting);
            var handle = _free[found] - 1;
            _free[found] = BinaryPrimitives.ReadInt32LittleEndian(Block(handle));
            if (_free[found] == 0)
            {
                _freeClasses &= ~(UInt128.One << (found - 1));
            }

            if (found > units)
            {
                Release(handle + units, found - units);
            }

            return handle;
        }

        if (_bumpEnd - _bump < units)
        {
            StartChunk();
        }

        _bump += units;
        return _bump - units;
    }

    private void Release(int handle, int units)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Block(handle), _free[units]);
        _free[units] = handle + 1;
        _freeClasses |= UInt128.One << (units - 1);
    }

    private void StartChunk()
    {
        if (_bumpEnd > _bump)
        {
            Release(_bump, _bumpEnd - _bump);
        }

        Invariant.That(_chunkCount < int.MaxValue / ChunkUnits, $"paths take more than {(long)_chunkCount * ChunkUnits * Unit} bytes");
        if (_chunkCount == _chunks.Length)
        {
            Array.Resize(ref _chunks, Math.Max(4, _chunks.Length * 2));
        }

        // The first chunk is small, so that a small tree is small; its handles are those of a whole chunk.
        var units = _chunkCount == 0 ? FirstChunkUnits : ChunkUnits;
        _chunks[_chunkCount] = new byte[units * Unit];
        _bump = _chunkCount * ChunkUnits;
        _bumpEnd = _bump + units;
        _chunkCount++;
    }
}

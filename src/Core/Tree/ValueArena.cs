namespace GrainKeeper.Core.Tree;

/// <summary>
/// Keeps the nodes' data in few large arrays: no object a value, so that the garbage collector neither walks over them nor moves those that were written lately. Values of about the same length
/// lie side by side in blocks of one size, without gaps: when one goes, the last of its size moves into its place. So what is reserved follows what is used, whatever is written in whatever order.
/// Values longer than <see cref="LongestBlock"/> get an array of their own.
/// </summary>
internal sealed class ValueArena
{
    /// <summary>The longest value that shares an array.</summary>
    public const int LongestBlock = 1024;

    // Above the size from which the collector leaves arrays where they are.
    private const int SlabBytes = 128 * 1024;
    private const int SmallestSlab = 2048;

    // Each block ends with the number of its node.
    private const int OwnerBytes = sizeof(int);
    private static readonly int[] BlockSizes = [.. SizesOfBlocks()];
    private static readonly int[] BlocksOfSlabs = [.. BlockSizes.Select(s => SlabBytes / s)];
    private static readonly byte[] ClassOfLength = ClassesOfLengths();

    private readonly SizeClass[] _classes = new SizeClass[BlockSizes.Length];
    private readonly List<byte[]?> _long = [];
    private readonly Stack<int> _freeLong = new();
    private byte[]? _spare;
    private long _longBytes;

    /// <summary>Bytes of all arrays.</summary>
    public long ReservedBytes => _classes.Sum(c => c.Slabs?.Sum(s => s?.LongLength ?? 0) ?? 0) + _longBytes + (_spare?.LongLength ?? 0);

    /// <summary>The value of a handle.</summary>
    public ReadOnlySpan<byte> Get(int handle, int length) => length == 0 ? default : Bytes(handle, length);

    /// <summary>Adds a value.</summary>
    /// <param name="value">Is copied; not empty.</param>
    /// <param name="owner">The node's number.</param>
    /// <returns>Its handle, until it is removed or <see cref="Remove"/> tells that it has moved.</returns>
    public int Add(ReadOnlySpan<byte> value, int owner)
    {
        if (value.Length > LongestBlock)
        {
            return AddLong(value);
        }

        int number = ClassOfLength[value.Length];
        ref var sizeClass = ref _classes[number];
        var handle = sizeClass.Count;
        Reserve(ref sizeClass, number);
        sizeClass.Count++;
        var block = Block(number, handle);
        value.CopyTo(block);
        BitConverter.TryWriteBytes(block[^OwnerBytes..], owner);
        return handle;
    }

    /// <summary>Puts a value in the place of another if it has room there.</summary>
    public bool TryReplace(int handle, int length, ReadOnlySpan<byte> value)
    {
        if (length > LongestBlock ? value.Length != length : value.Length > LongestBlock || ClassOfLength[value.Length] != ClassOfLength[length])
        {
            return false;
        }

        value.CopyTo(Bytes(handle, value.Length));
        return true;
    }

    /// <summary>Removes a value.</summary>
    /// <returns>The node whose value has this handle from now on; −1 when none has moved.</returns>
    public int Remove(int handle, int length)
    {
        if (length > LongestBlock)
        {
            _long[handle] = null;
            _freeLong.Push(handle);
            _longBytes -= length;
            return -1;
        }

        int number = ClassOfLength[length];
        ref var sizeClass = ref _classes[number];
        var last = --sizeClass.Count;
        Invariant.That(handle <= last, $"value {handle} of {last + 1} is removed");
        var moved = -1;
        if (handle != last)
        {
            var block = Block(number, last);
            block.CopyTo(Block(number, handle));
            moved = BitConverter.ToInt32(block[^OwnerBytes..]);
        }

        FreeLast(ref sizeClass, BlocksOfSlabs[number]);
        return moved;
    }

    // Steps of 8 to 256, of 16 to 512, of 32 from then on: a block is at most an eighth too long, and 8 bytes where it is short.
    private static IEnumerable<int> SizesOfBlocks()
    {
        for (var size = 16; size < LongestBlock + OwnerBytes + 32; size += size < 256 ? 8 : size < 512 ? 16 : 32)
        {
            yield return size;
        }
    }

    private static byte[] ClassesOfLengths()
    {
        var classes = new byte[LongestBlock + 1];
        for (var length = 0; length <= LongestBlock; length++)
        {
            classes[length] = (byte)Array.FindIndex(BlockSizes, s => s >= length + OwnerBytes);
        }

        return classes;
    }

    private Span<byte> Block(int number, int handle)
    {
        var size = BlockSizes[number];
        var (slab, place) = Math.DivRem(handle, BlocksOfSlabs[number]);
        return _classes[number].Slabs![slab].AsSpan(place * size, size);
    }

    private Span<byte> Bytes(int handle, int length)
    {
        if (length > LongestBlock)
        {
            return _long[handle];
        }

        return Block(ClassOfLength[length], handle)[..length];
    }

    private int AddLong(ReadOnlySpan<byte> value)
    {
        var copy = value.ToArray();
        _longBytes += copy.Length;
        if (_freeLong.TryPop(out var free))
        {
            _long[free] = copy;
            return free;
        }

        _long.Add(copy);
        return _long.Count - 1;
    }

    private void Reserve(ref SizeClass sizeClass, int number)
    {
        var (slab, place) = Math.DivRem(sizeClass.Count, BlocksOfSlabs[number]);
        sizeClass.Slabs ??= new byte[1][];
        if (slab == sizeClass.Slabs.Length)
        {
            Array.Resize(ref sizeClass.Slabs, slab * 2);
        }

        ref var bytes = ref sizeClass.Slabs[slab];
        if (slab > 0)
        {
            bytes ??= TakeSlab();
        }
        else if ((place + 1) * BlockSizes[number] > (bytes?.Length ?? 0))
        {
            // The first array of a size grows by doubling, so that a small tree is small.
            Array.Resize(ref bytes, Math.Min(SlabBytes, Math.Max(SmallestSlab, (bytes?.Length ?? 0) * 2)));
        }
    }

    private byte[] TakeSlab()
    {
        var slab = _spare ?? GC.AllocateUninitializedArray<byte>(SlabBytes);
        _spare = null;
        return slab;
    }

    private void FreeLast(ref SizeClass sizeClass, int blocks)
    {
        if (sizeClass.Count % blocks != 0)
        {
            return;
        }

        // One is kept, so that a value which comes and goes at a border does not cost an array each time.
        ref var bytes = ref sizeClass.Slabs![sizeClass.Count / blocks];
        if (bytes!.Length == SlabBytes)
        {
            _spare ??= bytes;
        }

        bytes = null;
    }

    private struct SizeClass
    {
        public byte[]?[]? Slabs;
        public int Count;
    }
}
